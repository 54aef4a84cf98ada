/** Rounds to this number of digits after the point. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The median without the `null`s; `null` where there is nothing else. */
export function medianOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** The middle value, of an even number the mean of the two in the middle. `NaN` for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Bytes in MiB. */
export function toMib(bytes: number): number {
  return bytes / 2 ** 20;
}

/** Two digits after the point, or four where two would leave hardly anything. */
export function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 0.1 ? 4 : 2);
}

/** The smallest value that this share of the values does not exceed, such as 0.99. `NaN` for an empty list. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Milliseconds that calls took. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** The percentiles of times in milliseconds, to the microsecond. */
export function toTimes(millis: readonly number[]): Times {
  return { p50: rounded(percentile(millis, 0.5), 3), p99: rounded(percentile(millis, 0.99), 3) };
}
