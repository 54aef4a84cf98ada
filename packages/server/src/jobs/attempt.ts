import type { JobResult, JobWithMetadata, PgBoss } from "pg-boss";
import type { Dependencies } from "../dependencies.ts";
import { JobFailure } from "./failure.ts";
import type { JobHandler } from "./handler.ts";

/** What an attempt needs besides the job. */
export interface AttemptContext {
  readonly boss: PgBoss;
  readonly deps: Dependencies;
  readonly handler: JobHandler;
}

/** Runs one attempt at a job and answers with what becomes of the job; it never rejects for what the handler did. */
export async function runAttempt(context: AttemptContext, job: JobWithMetadata<unknown>): Promise<JobResult> {
  const { id, retryCount, signal } = job;
  try {
    const run = prepare(context.handler, job.data);
    await run(context.deps, { id: job.sourceRootId ?? id, number: retryCount + 1, signal });
    return { id, status: "completed" };
  } catch (error) {
    return await settleFailure(context, job, error);
  }
}

function prepare(handler: JobHandler, data: unknown): ReturnType<JobHandler["prepare"]> {
  try {
    return handler.prepare(data);
  } catch (cause) {
    // The next attempt would read the same.
    throw new JobFailure("The payload does not parse", { isPermanent: true, cause });
  }
}

async function settleFailure({ boss, deps }: AttemptContext, job: JobWithMetadata<unknown>, err: unknown) {
  const failure = err instanceof JobFailure ? err : undefined;
  const notes = { job: job.name, jobId: job.id, attempt: job.retryCount + 1, err };
  const output = { message: err instanceof Error ? err.message : String(err) };
  if (failure?.isPermanent) {
    deps.log.error(notes, "job failed and is not tried again: a dead letter");
    return { id: job.id, status: "deadletter", output } satisfies JobResult;
  }
  if (job.retryCount >= job.retryLimit) deps.log.error(notes, "job failed for the last time: a dead letter");
  else deps.log.warn(notes, "job failed and will be tried again");
  if (failure?.retryAfterSeconds !== undefined) {
    // Settled here and now, because the time of the next attempt can be set only once there is to be one.
    await boss.fail(job.name, job, output);
    await boss.update(job.name, undefined, { id: job.id, startAfter: failure.retryAfterSeconds });
  }
  return { id: job.id, status: "failed", output } satisfies JobResult;
}
