import type { JobResult, JobWithMetadata, PgBoss } from "pg-boss";
import { addSeconds } from "../clock.ts";
import type { Logger } from "../logging/logger.ts";
import { JobFailure } from "./failure.ts";
import type { JobHandler } from "./handler.ts";

/** The part of its handlers' dependencies that a worker needs itself. */
export interface JobWorkerDeps {
  readonly log: Logger;
}

/** What an attempt needs besides the job. */
interface AttemptContext<Deps extends JobWorkerDeps> {
  readonly boss: PgBoss;
  readonly deps: Deps;
  readonly handler: JobHandler<Deps>;
}

/** Runs one attempt at a job and answers with what becomes of the job; it never rejects for what the handler did. */
export async function runAttempt<Deps extends JobWorkerDeps>(
  context: AttemptContext<Deps>,
  job: JobWithMetadata<unknown>,
): Promise<JobResult> {
  const { id, retryCount, signal } = job;
  try {
    const run = prepare(context.handler, job.data);
    await run(context.deps, { id: job.sourceRootId ?? id, number: retryCount + 1, signal });
    return { id, status: "completed" };
  } catch (error) {
    return await settleFailure(context, job, error);
  }
}

function prepare<Deps>(handler: JobHandler<Deps>, data: unknown): ReturnType<JobHandler<Deps>["prepare"]> {
  try {
    return handler.prepare(data);
  } catch (cause) {
    // A worker of a newer version, which knows such payloads, may get the next attempt.
    throw new JobFailure("The payload does not parse", { cause });
  }
}

async function settleFailure(
  { boss, deps }: Pick<AttemptContext<JobWorkerDeps>, "boss" | "deps">,
  job: JobWithMetadata<unknown>,
  err: unknown,
) {
  const failure = err instanceof JobFailure ? err : undefined;
  const notes = { job: job.name, jobId: job.id, attempt: job.retryCount + 1, err };
  const output = { message: err instanceof Error ? err.message : String(err) };
  if (failure?.isPermanent) {
    deps.log.error(notes, "job failed and is not tried again: a dead letter");
    return { id: job.id, status: "deadletter", output } satisfies JobResult;
  }
  const isLast = job.retryCount >= job.retryLimit;
  if (isLast) deps.log.error(notes, "job failed for the last time: a dead letter");
  else deps.log.warn(notes, "job failed and will be tried again");
  if (!isLast && failure?.retryAfterSeconds !== undefined) {
    await postpone(boss, job, { output, seconds: failure.retryAfterSeconds });
  }
  return { id: job.id, status: "failed", output } satisfies JobResult;
}

/**
 * Settles the failure here and now, because the next attempt can be put off only once the policy has set its time, which
 * stays where it is the later one: who says "at once" each time must not use up the attempts.
 */
async function postpone(
  boss: PgBoss,
  job: JobWithMetadata<unknown>,
  { output, seconds }: { readonly output: object; readonly seconds: number },
): Promise<void> {
  const { name, id } = job;
  await boss.fail(name, job, output);
  const earliest = addSeconds(new Date(), seconds);
  const [next] = await boss.findJobs(name, { id, queued: true });
  if (next !== undefined && next.startAfter < earliest) await boss.update(name, undefined, { id, startAfter: seconds });
}
