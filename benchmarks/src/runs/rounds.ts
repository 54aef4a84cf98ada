import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../cases.ts";
import { type ContestantName, contestants as entries } from "../contestants/contestants.ts";
import type { Measurement } from "../contestants/measuring.ts";
import type { Contestants } from "../contestants/start.ts";
import type { Options } from "../options.ts";

/** The measurements of the contestants of a case, made within seconds of each other: their ratios mean something. */
export type Round = ReadonlyMap<ContestantName, Measurement>;

/** The measurements of a case, round by round. */
export interface CaseRounds {
  readonly measured: Case;
  readonly rounds: readonly Round[];
}

/** Time in which the contestant before finishes what its load left, in milliseconds. */
const pauseMillis = 300;

/**
 * Warms all contestants up, and then measures them in turn, round by round: a disturbance of the machine falls on all
 * of them.
 */
export async function runRounds(
  contestants: Contestants,
  cases: readonly Case[],
  options: Options,
): Promise<readonly CaseRounds[]> {
  const results = cases.map((measured) => ({ measured, rounds: [] as Round[] }));
  for (const { measured } of results) {
    await measureRound(contestants, { measured, seconds: options.warmUpSeconds, round: 0 });
  }
  for (let round = 1; round <= options.rounds; round++) {
    for (const { measured, rounds } of results) {
      rounds.push(await measureRound(contestants, { measured, seconds: options.seconds, round }));
    }
  }
  return results;
}

interface RoundOptions {
  readonly measured: Case;
  readonly seconds: number;
  /** 0 for the warm-up. */
  readonly round: number;
}

async function measureRound(contestants: Contestants, options: RoundOptions): Promise<Round> {
  const { measured, seconds, round } = options;
  const measurements = new Map<ContestantName, Measurement>();
  for (const name of rotated(measured.contestants, round)) {
    await sleep(pauseMillis);
    const measurement = await contestants.get(name).measure(measured.action, seconds);
    measurements.set(name, measurement);
    const label = round === 0 ? "warm-up" : `round ${round}`;
    const rate = Math.round(measurement.callsPerSecond);
    console.log(`${label}: ${measured.title}, ${entries[name].title}: ${rate} calls/s`);
  }
  return measurements;
}

/** Another one comes first each time, so that none always has the same neighbour. */
function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
