import { attemptOf, type Habit } from "./attempts.ts";
import { findViolation } from "./invariants.ts";
import type { Lab } from "./lab.ts";
import { type Asked, type Breakage, type Running, type Tokens, World } from "./world.ts";

/** Somebody who asks one thing after the other, with the newest tokens that they have. */
interface Actor {
  readonly role: Asked["role"];
  readonly instance: 0 | 1;
  readonly requests: readonly Asked["kind"][];
  /** Whether they have the tokens before the newest; a thief always has those of the sign-in. Default: the newest. */
  readonly isLate?: boolean;
  /** Default: an owner's one key for each token, and no keys of a thief's. */
  readonly habit?: Habit;
}

/** What leads to a race, and who takes part. */
export interface Scenario {
  /** Refreshes before the others begin. Default: 0. */
  readonly rotations?: number;
  /** Who makes them, and has what they bring. Default: the owner. */
  readonly rotatedBy?: "owner" | "thief";
  /** How they go about attempt keys. Default: as their role does among the actors. */
  readonly rotatedWith?: Habit;
  /** Seconds that pass after them. Default: 0. */
  readonly pauseSeconds?: number;
  readonly actors: readonly Actor[];
  /** Whether the first actor's first request has begun before the others come. Default: no. */
  readonly hasBegun?: boolean;
  /** Whether the first instance may crash, once, anywhere between two statements. Default: no. */
  readonly mayCrash?: boolean;
}

interface Outcome {
  /** Interleavings that were played. */
  readonly runs: number;
  readonly violation: string | undefined;
}

/** Plays every order of the actors' statements, until one breaks a promise. */
export async function playAll(lab: Lab, scenario: Scenario, breakage: Breakage = {}): Promise<Outcome> {
  let path: readonly number[] = [];
  for (let runs = 1; ; runs += 1) {
    const world = await World.create(lab, breakage);
    const choices = new Choices(path);
    await playOne(world, scenario, choices);
    const violation = findViolation(await world.finish());
    const next = choices.next();
    if (violation !== undefined || next === undefined) return { runs, violation };
    path = next;
  }
}

/** A path through a tree whose branches are known only when they are reached. */
class Choices {
  readonly #path: readonly number[];
  readonly #taken: { readonly choice: number; readonly of: number }[] = [];

  constructor(path: readonly number[]) {
    this.#path = path;
  }

  choose(of: number): number {
    const choice = this.#path[this.#taken.length] ?? 0;
    this.#taken.push({ choice, of });
    return choice;
  }

  /** The path to the next leaf, depth first. */
  next(): readonly number[] | undefined {
    const last = this.#taken.findLastIndex(({ choice, of }) => choice + 1 < of);
    if (last < 0) return undefined;
    return this.#taken.slice(0, last + 1).map(({ choice }, index) => (index === last ? choice + 1 : choice));
  }
}

/** An actor at work. */
interface Player {
  readonly actor: Actor;
  tokens: Tokens;
  asked: number;
  running: Running | undefined;
}

async function playOne(world: World, scenario: Scenario, choices: Choices): Promise<void> {
  const [oldest] = world.issued;
  if (oldest === undefined) return;
  const { previous, newest } = await rotate(world, oldest, scenario);
  const players = scenario.actors.map((actor): Player => {
    const tokens = actor.isLate === true ? previous : newest;
    const isThief = actor.role === "thief" && scenario.rotatedBy !== "thief";
    return { actor, tokens: isThief ? oldest : tokens, asked: 0, running: undefined };
  });
  const [first] = players;
  if (scenario.hasBegun === true && first !== undefined) for (const begin of movesOf(world, first)) await begin();
  let mayCrash = scenario.mayCrash === true;
  for (;;) {
    const moves = players.flatMap((player) => movesOf(world, player));
    if (moves.length === 0) return;
    const choice = choices.choose(moves.length + (mayCrash ? 1 : 0));
    const move = moves[choice];
    if (move === undefined) {
      mayCrash = false;
      await world.crash(0);
    } else await move();
  }
}

const habitOf = (role: Asked["role"]): Habit => (role === "thief" ? "no keys" : "one key for each token");

async function rotate(world: World, oldest: Tokens, scenario: Scenario) {
  const { rotations = 0, rotatedBy: role = "owner", rotatedWith = habitOf(role), pauseSeconds = 0 } = scenario;
  let [previous, newest] = [oldest, oldest];
  const onTokens = (newer: Tokens) => {
    [previous, newest] = [newest, newer];
  };
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    const asked = { tokens: newest, attempt: attemptOf(rotatedWith, newest, world), onTokens };
    await complete(world, await world.start({ kind: "refresh", role, instance: 0, ...asked }));
  }
  if (pauseSeconds > 0) world.advance(pauseSeconds);
  return { previous, newest };
}

async function complete(world: World, running: Running): Promise<void> {
  while (running.operation.state === "parked") await world.step(running);
}

/** What an actor can do now: go on, ask the next, or nothing while it waits for another. */
function movesOf(world: World, player: Player): (() => Promise<void>)[] {
  const { actor, running, tokens } = player;
  if (running?.operation.state === "parked") return [() => world.step(running)];
  if (running !== undefined && running.operation.state !== "done" && !running.operation.isCrashed) return [];
  // A crash loses the answer: the same is asked again.
  if (running?.operation.isCrashed === true) player.asked -= 1;
  player.running = undefined;
  const kind = actor.requests[player.asked];
  if (kind === undefined) return [];
  const onTokens = (newer: Tokens) => {
    player.tokens = newer;
  };
  return [
    async () => {
      player.asked += 1;
      const { role, instance, habit = habitOf(role) } = actor;
      const attempt = attemptOf(habit, tokens, world);
      player.running = await world.start({ kind, role, instance, tokens, attempt, onTokens });
    },
  ];
}
