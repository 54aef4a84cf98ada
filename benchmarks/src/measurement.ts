import type { ActionName } from "./cases.ts";

/** What one contestant did in one round of a case. */
export interface Measurement {
  readonly callsPerSecond: number;
  /** Processor time of the contestant's process, all of its threads together, in microseconds. */
  readonly cpuMicrosPerCall: number;
}

/** Somebody to measure. */
export interface Contestant {
  /** Throws where a single call fails: figures with failures in them say nothing. */
  measure(action: ActionName, seconds: number): Promise<Measurement>;
}

/** The middle value, of an even number the mean of the two in the middle. Not for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
