import { addSeconds, daySeconds } from "../clock.ts";

/** The day of a moment in UTC, as `2030-01-31`. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** The moment at which a day begins, in UTC. */
export function startOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** The day so many days later; a negative number gives an earlier day. */
export function addDays(day: string, days: number): string {
  return dayOf(addSeconds(startOf(day), days * daySeconds));
}

/** How many days there are from the first to the last, both included. */
export function countDays(first: string, last: string): number {
  return (startOf(last).getTime() - startOf(first).getTime()) / (daySeconds * 1000) + 1;
}

/** Every day from the first to the last, both included. */
export function listDays(first: string, last: string): readonly string[] {
  return Array.from({ length: Math.max(0, countDays(first, last)) }, (_, index) => addDays(first, index));
}
