interface JobFailureOptions {
  /** Another attempt would fail alike: the job becomes a dead letter at once. */
  readonly isPermanent?: boolean;
  /** When to try again, in seconds, instead of when the job's policy says. */
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
