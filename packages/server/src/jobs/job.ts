import type { z } from "zod";

/** When and how often an attempt that failed is followed by another. */
interface RetryPolicy {
  /** Attempts in all, the first included. Default 100, which with the other defaults takes about 16 hours. */
  readonly maxAttempts: number;
  /** The pause after the first attempt, in seconds; each further one is twice as long, with jitter. Default 2. */
  readonly firstDelaySeconds: number;
  /** No pause is longer than this, in seconds. Default 600. */
  readonly maxDelaySeconds: number;
}

/** A kind of work that is done after the transaction that asks for it has committed. */
export interface Job<P extends object> {
  readonly name: string;
  /** Parses what comes back from the queue; what does not parse is tried again, since a newer worker may know it. */
  readonly schema: z.ZodType<P>;
  readonly retry: RetryPolicy;
  readonly timeoutSeconds: number;
  /** When it runs by itself, in UTC, with an empty object as its payload. */
  readonly cron: string | undefined;
  /** Whether only one of it waits or runs at a time. */
  readonly isSingle: boolean;
  /** Whether only one with each key waits at a time. */
  readonly waitsOnce: boolean;
}

interface JobDefinition<P extends object> {
  /** Lower case with hyphens, `send-mail`; it is the queue's name and stays in the database, so it does not change. */
  readonly name: string;
  /** Of the payload, which must survive JSON: parsing what was stored gives what was enqueued. */
  readonly schema: z.ZodType<P>;
  readonly retry?: Partial<RetryPolicy>;
  /** An attempt fails after this many seconds, and its signal is aborted. Default 60. */
  readonly timeoutSeconds?: number;
  /** Runs it by itself as well: five fields of cron, in UTC; the schema must take an empty object. */
  readonly cron?: string;
  /**
   * Only one of it waits or runs at a time, whatever asks for it: what is enqueued meanwhile is left out. Stays as it was when
   * the queue was made. Default false.
   */
  readonly isSingle?: boolean;
  /**
   * Only one with each key waits at a time; what is enqueued meanwhile with the key takes its place, and does not put it off.
   * One that runs no longer waits. Stays as it was when the queue was made. Default false.
   */
  readonly waitsOnce?: boolean;
}

const defaultRetry: RetryPolicy = { maxAttempts: 100, firstDelaySeconds: 2, maxDelaySeconds: 600 };

/** Defines a job; what does it is given by `handleJob`. */
export function defineJob<P extends object>(definition: JobDefinition<P>): Job<P> {
  const { name, schema, retry, timeoutSeconds = 60, cron, isSingle = false, waitsOnce = false } = definition;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`"${name}" is no name for a job: lower case and hyphens`);
  if (cron !== undefined && !schema.safeParse({}).success) {
    throw new Error(`The job ${name} runs by itself, so its schema must take an empty object`);
  }
  return { name, schema, retry: { ...defaultRetry, ...retry }, timeoutSeconds, cron, isSingle, waitsOnce };
}

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

interface JobFailureOptions {
  /** Another attempt would fail alike: the job becomes a dead letter at once. */
  readonly isPermanent?: boolean;
  /** Not to be tried again before, in seconds; the job's policy may say later. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by a handler that knows more of its failure than that it failed; whatever else it throws is tried again. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";
  readonly isPermanent: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, { isPermanent = false, retryAfterSeconds, cause }: JobFailureOptions = {}) {
    super(message, { cause });
    this.isPermanent = isPermanent;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
