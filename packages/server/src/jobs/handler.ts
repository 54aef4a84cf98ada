import type { Dependencies } from "../dependencies.ts";
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

/** A job with what does it. */
export interface JobHandler {
  readonly job: Job<object>;
  /** Parses what comes from the queue and answers with what is to be done. Throws `ZodError`. */
  readonly prepare: (data: unknown) => (deps: Dependencies, attempt: JobAttempt) => Promise<void>;
}

/**
 * Binds a job to what does it. A job runs at least once: a process may die after the work and before it is noted, so
 * the handler must bear being run twice. It throws to be tried again, or `JobFailure` to say more.
 */
export function handleJob<P extends object>(
  job: Job<P>,
  handle: (deps: Dependencies, payload: P, attempt: JobAttempt) => Promise<void>,
): JobHandler {
  return {
    job,
    prepare(data) {
      const payload = job.schema.parse(data);
      return (deps, attempt) => handle(deps, payload, attempt);
    },
  };
}
