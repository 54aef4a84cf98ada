import { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import type { Pictures } from "../../picture/pictures.ts";
import { deletePicture, listDuePictures } from "./store.ts";

/** Deletes pictures that nobody sees any more: enqueued when a user replaces one, and each hour for uploads that failed. */
export const pictureDeletionJob = defineJob({
  name: "delete-pictures",
  schema: z.strictObject({}),
  cron: "41 * * * *",
  timeoutSeconds: 600,
});

interface DeletionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly pictures: Pictures;
}

/** Pictures that are listed at once. */
const batchSize = 100;

/** The handler of {@link pictureDeletionJob}. The row goes last, so a failure leaves the picture to the next attempt. */
export async function deleteDuePictures(deps: DeletionDeps, _payload: object, { signal }: JobAttempt): Promise<void> {
  const { db, clock, pictures } = deps;
  let due = await listDuePictures(db, { now: clock.now(), limit: batchSize });
  while (due.length > 0) {
    for (const { id, storage } of due) {
      signal.throwIfAborted();
      await pictures.storage(storage).delete(id);
      await deletePicture(db, id);
    }
    due = await listDuePictures(db, { now: clock.now(), limit: batchSize });
  }
}
