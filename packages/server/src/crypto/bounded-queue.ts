/** Rejects work because too much of it is waiting already. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

interface QueueLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait; further work is rejected. */
  readonly maxWaiting: number;
}

/**
 * Runs a few pieces of expensive work at a time, lets a few more wait, and rejects the rest, so that a storm of it leaves room
 * for everything else.
 */
export class BoundedQueue {
  readonly #limits: QueueLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #admitted = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /**
   * Reserves a place for work that follows, until it is disposed of; there are as many places as work can run and wait. Throws
   * {@link QueueFullError}. {@link run} does not require one.
   */
  admit(): Disposable {
    const { concurrency, maxWaiting } = this.#limits;
    if (this.#admitted >= concurrency + maxWaiting) throw new QueueFullError("too much was admitted");
    this.#admitted += 1;
    return {
      [Symbol.dispose]: () => {
        this.#admitted -= 1;
      },
    };
  }

  /** Resolves with the work's own result; throws {@link QueueFullError} without starting it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#limits.maxWaiting) throw new QueueFullError("too much is waiting");
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place to the next in line, or frees it. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
