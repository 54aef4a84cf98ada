/** The time as a dependency, so that tests move it instead of sleeping. */
export interface Clock {
  now(): Date;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() };

/** An hour in seconds. */
export const hourSeconds = 60 * 60;

/** A day in seconds. */
export const daySeconds = 24 * hourSeconds;

/** A later moment. */
export function addSeconds(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}

/** The earlier of two moments. */
export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
