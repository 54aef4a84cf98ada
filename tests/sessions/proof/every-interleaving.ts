import { findViolation } from "./invariants.ts";
import type { Lab } from "./lab.ts";
import { type Asked, type Breakage, type Running, type Tokens, World } from "./world.ts";

/** Somebody who asks one thing after the other, with the newest tokens that they have. */
interface Actor {
  readonly role: Asked["role"];
  readonly instance: 0 | 1;
  readonly requests: readonly Asked["kind"][];
  /** Whether they have the tokens of the sign-in, as a thief always does. Default: the newest. */
  readonly isLate?: boolean;
}

/** What leads to a race, and who takes part. */
export interface Scenario {
  /** Refreshes, each with a call that uses its tokens, before the others begin. Default: 0. */
  readonly rotations?: number;
  /** Whether nobody makes a call with the tokens of the last one. Default: no. */
  readonly isUnused?: boolean;
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
  const newest = await rotate(world, oldest, scenario);
  const players = scenario.actors.map((actor): Player => {
    return {
      actor,
      tokens: actor.role === "thief" || actor.isLate === true ? oldest : newest,
      asked: 0,
      running: undefined,
    };
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

async function rotate(world: World, oldest: Tokens, scenario: Scenario): Promise<Tokens> {
  const { rotations = 0, isUnused = false, pauseSeconds = 0 } = scenario;
  let tokens = oldest;
  const onTokens = (newer: Tokens) => {
    tokens = newer;
  };
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    await complete(world, await world.start({ kind: "refresh", role: "owner", instance: 0, tokens, onTokens }));
    if (isUnused && rotation === rotations - 1) break;
    await complete(world, await world.start({ kind: "call", role: "owner", instance: 0, tokens }));
  }
  if (pauseSeconds > 0) world.advance(pauseSeconds);
  return tokens;
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
      player.running = await world.start({ kind, role: actor.role, instance: actor.instance, tokens, onTokens });
    },
  ];
}
