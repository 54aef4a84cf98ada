import type { Scenario } from "./every-interleaving.ts";
import { lifetimes } from "./lab.ts";

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
  "the token before the current one, once that was used and the grace time is over, crosses a refresh": {
    rotations: 1,
    pauseSeconds: graceIsOver,
    actors: [
      { role: "thief", instance: 0, requests: ["refresh"] },
      { role: "owner", instance: 1, requests: ["refresh", "call"] },
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
    pauseSeconds: graceIsOver - 1,
    actors: [
      { role: "owner", instance: 1, requests: ["refresh"], isLate: true },
      { role: "owner", instance: 0, requests: ["call"] },
    ],
  },
  "two tabs ask again, after the grace time, for an answer that was lost": {
    rotations: 1,
    isUnused: true,
    pauseSeconds: graceIsOver,
    mayCrash: true,
    actors: [
      { role: "owner", instance: 0, requests: ["refresh", "call"], isLate: true },
      { role: "owner", instance: 1, requests: ["refresh"], isLate: true },
    ],
  },
  "an access token of before makes a call after one of the newest": {
    rotations: 1,
    pauseSeconds: lastSeenIsOld,
    actors: [
      { role: "owner", instance: 1, requests: ["call"], isLate: true },
      { role: "owner", instance: 0, requests: ["call"] },
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
