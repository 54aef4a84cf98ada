import fc from "fast-check";
import { findViolation } from "./invariants.ts";
import type { Lab } from "./lab.ts";
import { play } from "./random-schedule.ts";
import { World } from "./world.ts";

/** Bytes of a schedule at most: choices of what happens next. */
const maxChoices = 28;

/** Schedules of one batch; each batch has a seed of its own, and several run at a time. */
export const batchRuns = 100;

interface Exploration {
  readonly lab: Lab;
  readonly runs: number;
  readonly seed: number;
  /** Batches at a time. */
  readonly parallel: number;
  readonly onRun?: () => void;
}

/** What a property throws for a history that breaks a promise; anything else that it throws is a fault of the proof. */
class BrokenPromise extends Error {}

/** A schedule that breaks a promise, made as short as possible. */
export interface Counterexample {
  /** Plays it again, as `--seed` and `--path`. */
  readonly seed: number;
  readonly path: string;
  /** Schedules that were played before it was found. */
  readonly runs: number;
  readonly violation: string;
}

/** Plays so many schedules, on worlds of their own, until one breaks a promise. */
export async function explore(exploration: Exploration): Promise<Counterexample | undefined> {
  const { runs, seed, parallel } = exploration;
  const batches = Array.from({ length: Math.ceil(runs / batchRuns) }, (_, index) => ({
    seed: (seed + index) | 0,
    runs: Math.min(batchRuns, runs - index * batchRuns),
  })).values();
  let found: Counterexample | undefined;
  let played = 0;
  const work = async () => {
    for (const batch of batches) {
      if (found !== undefined) return;
      const counterexample = await check(exploration, { seed: batch.seed, numRuns: batch.runs });
      if (counterexample !== undefined) found ??= { ...counterexample, runs: played + counterexample.runs };
      played += batch.runs;
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return found;
}

/** Plays one schedule of an exploration again. */
export async function replay(
  lab: Lab,
  { seed, path }: Pick<Counterexample, "seed" | "path">,
): Promise<Counterexample | undefined> {
  return await check({ lab }, { seed, path, endOnFailure: true });
}

async function check(
  { lab, onRun }: Pick<Exploration, "lab" | "onRun">,
  parameters: fc.Parameters<[Uint8Array]>,
): Promise<Counterexample | undefined> {
  const schedule = fc.uint8Array({ minLength: 0, maxLength: maxChoices, size: "max" });
  const property = fc.asyncProperty(schedule, async (choices) => {
    const world = await World.create(lab);
    await play(world, choices);
    const violation = findViolation(await world.finish());
    onRun?.();
    if (violation !== undefined) throw new BrokenPromise(violation);
  });
  const details = await fc.check(property, parameters);
  if (!details.failed) return undefined;
  const { errorInstance, seed, counterexamplePath: path, numRuns: runs } = details;
  if (!(errorInstance instanceof BrokenPromise)) throw errorInstance ?? new Error("A schedule was interrupted");
  return { seed, path: path ?? "", runs, violation: errorInstance.message };
}
