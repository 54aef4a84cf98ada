import type { z } from "zod";

/** How often and how late a failed attempt is repeated. */
interface RetryPolicy {
  /** Attempts in all, the first included. Default 100, which with the other defaults takes about 16 hours. */
  readonly maxAttempts: number;
  /** Seconds before the second attempt; each further pause is twice as long, with jitter. Default 2. */
  readonly firstDelaySeconds: number;
  /** The longest pause, in seconds. Default 600. */
  readonly maxDelaySeconds: number;
}

/** A kind of work that runs after the transaction that enqueued it has committed. */
export interface Job<P extends object> {
  readonly name: string;
  /** Parses the payload. A payload that does not parse is tried again, since a newer worker may know it. */
  readonly schema: z.ZodType<P>;
  readonly retry: RetryPolicy;
  readonly timeoutSeconds: number;
  /** The schedule on which it is enqueued, in UTC, with an empty object as its payload. */
  readonly cron: string | undefined;
  /** Whether only one of it waits or runs at a time. */
  readonly isSingle: boolean;
  /** Whether only one job with each key waits at a time. */
  readonly waitsOnce: boolean;
}

interface JobDefinition<P extends object> {
  /** Lower case with hyphens, `send-mail`; it is the queue's name and stays in the database, so it does not change. */
  readonly name: string;
  /** The schema of the payload. It must survive JSON: parsing the stored payload yields the enqueued one. */
  readonly schema: z.ZodType<P>;
  readonly retry?: Partial<RetryPolicy>;
  /** An attempt fails after this many seconds, and its signal is aborted. Default 60. */
  readonly timeoutSeconds?: number;
  /** Also enqueues it on a schedule: five fields of cron, in UTC. The schema must accept an empty object. */
  readonly cron?: string;
  /**
   * Lets only one job wait or run at a time; further ones are dropped. Cannot change once the queue exists. Default false.
   */
  readonly isSingle?: boolean;
  /**
   * Lets only one job with each key wait at a time; a further one replaces its payload and keeps its time. A running job no
   * longer waits. Cannot change once the queue exists. Default false.
   */
  readonly waitsOnce?: boolean;
}

const defaultRetry: RetryPolicy = { maxAttempts: 100, firstDelaySeconds: 2, maxDelaySeconds: 600 };

/** Defines a job; {@link bindJob} binds it to its handler. */
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
  /** The same for every attempt at the job, even if it was a dead letter in between. */
  readonly id: string;
  /** 1 for the first. */
  readonly number: number;
  /** Aborted by the timeout, at shutdown, and when the job is given to another worker. */
  readonly signal: AbortSignal;
}

/** A job with its handler. */
export interface JobHandler<Deps> {
  readonly job: Job<object>;
  /** Parses a payload and returns the function that does the work. Throws `ZodError`. */
  readonly prepare: (data: unknown) => (deps: Deps, attempt: JobAttempt) => Promise<void>;
}

/**
 * Binds a job to its handler. A job runs at least once: a process may die after the work and before the queue knows it, so the
 * handler must be idempotent. It throws to be tried again; a `JobFailure` decides when, and whether.
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
  /** Another attempt would fail too: the job becomes a dead letter at once. */
  readonly isPermanent?: boolean;
  /** Seconds before the next attempt; the job's policy may say later. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by a handler to decide how the job goes on; after any other exception it is tried again. */
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
