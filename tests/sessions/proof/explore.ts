import fc from "fast-check";
import { findViolation } from "./invariants.ts";
import type { Lab } from "./lab.ts";
import { play } from "./random-schedule.ts";
import { World } from "./world.ts";

/** Bytes of a schedule at most: choices of what happens next. */
const maxChoices = 28;

/** Schedules of one batch. */
const batchRuns = 100;

/** Schedules that are played one after another, all determined by the seed. */
export interface Batch {
  readonly seed: number;
  readonly runs: number;
}

interface Exploration {
  readonly lab: Lab;
  readonly runs: number;
  readonly seed: number;
  /** Batches at a time. */
  readonly parallel: number;
}

/** What a property throws for a history that breaks a promise; anything else that it throws is a fault of the proof. */
class BrokenPromise extends Error {}

/** A schedule that breaks a promise, made as short as possible. */
export interface Counterexample {
  /** Plays it again, as `--seed` and `--path`. */
  readonly seed: number;
  readonly path: string;
  readonly violation: string;
}

/** The batches of so many schedules; each has a seed of its own, counted up from this one. */
export function batchesOf({ runs, seed }: Batch): readonly Batch[] {
  return Array.from({ length: Math.ceil(runs / batchRuns) }, (_, index) => ({
    seed: (seed + index) | 0,
    runs: Math.min(batchRuns, runs - index * batchRuns),
  }));
}

/** Plays so many schedules, on worlds of their own, until one breaks a promise. */
export async function explore({ lab, runs, seed, parallel }: Exploration): Promise<Counterexample | undefined> {
  const batches = batchesOf({ runs, seed }).values();
  let found: Counterexample | undefined;
  const work = async () => {
    for (const batch of batches) {
      if (found !== undefined) return;
      found = (await playBatch(lab, batch)) ?? found;
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return found;
}

/** Plays the schedules of a batch until one breaks a promise. */
export async function playBatch(lab: Lab, { seed, runs }: Batch): Promise<Counterexample | undefined> {
  return await check(lab, { seed, numRuns: runs });
}

/** Plays one schedule of an exploration again. */
export async function replay(
  lab: Lab,
  { seed, path }: Pick<Counterexample, "seed" | "path">,
): Promise<Counterexample | undefined> {
  return await check(lab, { seed, path, endOnFailure: true });
}

async function check(lab: Lab, parameters: fc.Parameters<[Uint8Array]>): Promise<Counterexample | undefined> {
  const schedule = fc.uint8Array({ minLength: 0, maxLength: maxChoices, size: "max" });
  const property = fc.asyncProperty(schedule, async (choices) => {
    const world = await World.create(lab);
    await play(world, choices);
    const violation = findViolation(await world.finish());
    if (violation !== undefined) throw new BrokenPromise(violation);
  });
  const details = await fc.check(property, parameters);
  if (!details.failed) return undefined;
  const { errorInstance, seed, counterexamplePath: path } = details;
  if (!(errorInstance instanceof BrokenPromise)) throw errorInstance ?? new Error("A schedule was interrupted");
  return { seed, path: path ?? "", violation: errorInstance.message };
}
