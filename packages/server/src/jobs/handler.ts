import type { Job } from "./job.ts";

/** One attempt at a job, as its handler sees it. */
export interface JobAttempt {
  /** The same for every attempt at the job, also when it was a dead letter in between. */
  readonly id: string;
  /** 1 for the first. */
  readonly number: number;
  /** Aborted when the time is up, when the server stops, and when the job was given to another worker. */
  readonly signal: AbortSignal;
}

/** A job with what does it, and with what that works with. */
export interface JobHandler<Deps> {
  readonly job: Job<object>;
  /** Parses what comes from the queue and answers with what is to be done. Throws `ZodError`. */
  readonly prepare: (data: unknown) => (deps: Deps, attempt: JobAttempt) => Promise<void>;
}

/**
 * Binds a job to what does it. A job runs at least once: a process may die after the work and before it is noted, so
 * the handler must bear being run twice. It throws to be tried again, or `JobFailure` to say more.
 */
export function bindJob<P extends object, Deps>(
  job: Job<P>,
  handle: (deps: Deps, payload: P, attempt: JobAttempt) => Promise<void>,
): JobHandler<Deps> {
  return {
    job,
    prepare(data) {
      const payload = job.schema.parse(data);
      return (deps, attempt) => handle(deps, payload, attempt);
    },
  };
}
