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

/** Adds seconds to a time; a negative number gives an earlier time. */
export function addSeconds(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}

/** Whether two times are on the same day in UTC. */
export function isSameDay(a: Date, b: Date): boolean {
  const dayMillis = daySeconds * 1000;
  return Math.floor(a.getTime() / dayMillis) === Math.floor(b.getTime() / dayMillis);
}

/** Returns the earlier of two times. */
export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
