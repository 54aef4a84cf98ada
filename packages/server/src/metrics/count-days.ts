import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Database } from "../database/connection.ts";
import { defineJob, type JobAttempt } from "../jobs/job.ts";
import { addDays, dayOf, listDays } from "./day.ts";
import { countAccountDay, deleteActiveAccounts, findFirstEventTime, findNewestDay } from "./store.ts";

/** Counts every ten minutes, the first time of a day soon after midnight in UTC. */
export const countDaysJob = defineJob({
  name: "count-account-days",
  schema: z.strictObject({}),
  cron: "3-53/10 * * * *",
  timeoutSeconds: 600,
  isSingle: true,
});

/** What counting days needs. */
interface CountDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** Rows that one statement deletes. */
const batchSize = 1000;

/**
 * The handler of {@link countDaysJob}. Counts today and the day before, and whatever days were missed before them, the oldest
 * first and one a statement: a run that ends early goes on in the next one.
 */
export async function countAccountDays(
  { db, clock }: CountDeps,
  _payload: object,
  { signal }: JobAttempt,
): Promise<void> {
  const today = dayOf(clock.now());
  const first = await findFirstUnsettled(db, today);
  for (const day of listDays(first, today)) {
    signal.throwIfAborted();
    await countAccountDay(db, day);
  }
  let deleted: number;
  do {
    signal.throwIfAborted();
    deleted = await deleteActiveAccounts(db, first, batchSize);
  } while (deleted === batchSize);
}

/**
 * The oldest day that is to be counted. The day before the newest counted one is counted once more, since transactions may have
 * committed late. The first run begins with the oldest event.
 */
async function findFirstUnsettled(db: Database, today: string): Promise<string> {
  const newest = await findNewestDay(db);
  if (newest !== undefined) return addDays(newest < today ? newest : today, -1);
  const oldest = await findFirstEventTime(db);
  const yesterday = addDays(today, -1);
  return oldest === undefined || dayOf(oldest) > yesterday ? yesterday : dayOf(oldest);
}
