import type { ActionName } from "./cases.ts";

/** What one contestant did in one round of a case. */
export interface Measurement {
  readonly callsPerSecond: number;
  /**
   * Processor time of the contestant's processes, all of their threads together, in microseconds; `null` where they did
   * other work besides.
   */
  readonly cpuMicrosPerCall: number | null;
  /** What else was seen, by its name, with its unit. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** Somebody to measure. */
export interface Contestant {
  /** Throws where a single call fails: figures with failures in them say nothing. */
  measure(action: ActionName, seconds: number): Promise<Measurement>;
}

/** The median of what is known; `null` where nothing is. */
export function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** The middle value, of an even number the mean of the two in the middle. Not for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
