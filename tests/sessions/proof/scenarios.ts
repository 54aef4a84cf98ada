import type { Scenario } from "./every-interleaving.ts";
import { lifetimes } from "./family-model.ts";

const graceIsOver = lifetimes.grace + 1;
/** Seconds after which a call notes again when the session was seen. */
const lastSeenIsOld = 61;

/** The races of which every order of statements is played. */
export const scenarios = {
  "two tabs refresh at once": {
    actors: [
      { role: "owner", instance: 0, requests: ["refresh", "call"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
    ],
  },
  "three tabs refresh at once": {
    actors: [
      { role: "owner", instance: 0, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["refresh"] },
    ],
  },
  "one tab refreshes twice while another is at its first": {
    rotations: 1,
    hasBegun: true,
    // The one that has begun does not know the session's key yet, and so looks it up before it rotates.
    actors: [
      { role: "owner", instance: 1, requests: ["refresh"] },
      { role: "owner", instance: 0, requests: ["refresh", "refresh"] },
    ],
  },
  "a refresh crashes and is tried again beside another": {
    mayCrash: true,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh", "call"] },
      { role: "owner", instance: 1, requests: ["refresh"] },
    ],
  },
  "a logout crosses a refresh": {
    mayCrash: true,
    actors: [
      { role: "owner", instance: 0, requests: ["logout"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
    ],
  },
  "a logout everywhere crosses two refreshes": {
    // Its first statement reads only what no refresh changes, so it finds the same whenever it runs.
    hasBegun: true,
    actors: [
      { role: "owner", instance: 0, requests: ["logout-all"] },
      { role: "owner", instance: 1, requests: ["refresh"] },
      { role: "owner", instance: 0, requests: ["refresh"] },
    ],
  },
  "two logouts cross": {
    actors: [
      { role: "owner", instance: 0, requests: ["logout", "call"] },
      { role: "owner", instance: 1, requests: ["logout-all", "call"] },
    ],
  },
  "disabling the user crosses a refresh and a logout": {
    actors: [
      { role: "operator", instance: 0, requests: ["disable"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
      { role: "owner", instance: 0, requests: ["logout"] },
    ],
  },
  "an old token crosses the owner's refresh": {
    rotations: 2,
    mayCrash: true,
    actors: [
      { role: "thief", instance: 0, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
    ],
  },
  "the token before the current one, out of its grace time, crosses a refresh": {
    rotations: 1,
    pauseSeconds: graceIsOver,
    actors: [
      { role: "thief", instance: 0, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
    ],
  },
  "a thief has refreshed first, and their calls cross the owner's refresh": {
    rotations: 1,
    rotatedBy: "thief",
    pauseSeconds: lastSeenIsOld,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh"], isLate: true },
      { role: "thief", instance: 1, requests: ["call", "refresh"] },
    ],
  },
  "a thief with a key of their own has refreshed first, and the owner refreshes in two tabs": {
    rotations: 1,
    rotatedBy: "thief",
    rotatedWith: "a thief's key",
    pauseSeconds: graceIsOver,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh"], isLate: true },
      { role: "owner", instance: 1, requests: ["refresh"], isLate: true },
    ],
  },
  "a thief crosses the owner's refresh, and the owner's next": {
    mayCrash: true,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh", "refresh"] },
      { role: "thief", instance: 1, requests: ["refresh"], habit: "a thief's key" },
    ],
  },
  "two thieves with one old token cross a call": {
    rotations: 2,
    actors: [
      { role: "thief", instance: 0, requests: ["refresh", "call"] },
      { role: "thief", instance: 1, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["call"] },
    ],
  },
  "a tab missed the newest tokens and presents those before": {
    rotations: 1,
    rotatedWith: "no keys",
    pauseSeconds: lifetimes.grace,
    actors: [
      { role: "owner", instance: 1, requests: ["refresh"], isLate: true, habit: "no keys" },
      { role: "owner", instance: 0, requests: ["call"] },
    ],
  },
  "tabs with keys of their own refresh at once": {
    actors: [
      { role: "owner", instance: 0, requests: ["refresh"], habit: "a key of its own for each try" },
      { role: "owner", instance: 1, requests: ["refresh"], habit: "a key of its own for each try" },
      { role: "owner", instance: 1, requests: ["refresh"], habit: "no keys" },
    ],
  },
  "two tabs ask again, after the grace time, for an answer that was lost": {
    rotations: 2,
    pauseSeconds: graceIsOver,
    mayCrash: true,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh", "call"], isLate: true },
      { role: "owner", instance: 1, requests: ["refresh"], isLate: true },
    ],
  },
  "a session that nobody used for too long is used": {
    pauseSeconds: lifetimes.idle,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["call"] },
    ],
  },
} satisfies Readonly<Record<string, Scenario>>;

/** The name of one of them. */
export type ScenarioName = keyof typeof scenarios;
