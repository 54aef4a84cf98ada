/** Thrown when too much work is waiting already. */
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
 * Runs a few pieces of expensive work at a time, queues a few more, and rejects the rest, so that a burst leaves room for other
 * work.
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
   * Reserves a place for later work until it is disposed of. There are `concurrency` + `maxWaiting` places. Throws
   * {@link QueueFullError}. {@link run} does not require a place.
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
