import { z } from "zod";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import { type CheckpointDeps, makeCheckpoint } from "./checkpoint.ts";
import { type LinkDeps, linkEvents } from "./link-events.ts";

const schema = z.strictObject({});

/** Links new events every minute. */
export const linkEventsJob = defineJob({
  name: "link-audit-events",
  schema,
  cron: "* * * * *",
  timeoutSeconds: 600,
  isSingle: true,
});

/** The handler of {@link linkEventsJob}. */
export async function linkNewEvents(deps: LinkDeps, _payload: object, { signal }: JobAttempt): Promise<void> {
  await linkEvents(deps, signal);
}

/** Signs the heads of the chain every hour. */
export const checkpointJob = defineJob({ name: "sign-audit-checkpoint", schema, cron: "7 * * * *" });

/** The handler of {@link checkpointJob}. */
export async function signCheckpoint(
  deps: LinkDeps & CheckpointDeps,
  _payload: object,
  attempt: JobAttempt,
): Promise<void> {
  await linkEvents(deps, attempt.signal);
  await makeCheckpoint(deps);
}

/** Creates and drops the partitions of months every day. */
export const partitionsJob = defineJob({
  name: "keep-audit-partitions",
  schema,
  cron: "29 2 * * *",
  timeoutSeconds: 600,
});
