/** Thrown when too much work is waiting already. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
  /** Milliseconds until what is ahead now is done; 0 if nothing has been done yet, so that nobody knows. */
  readonly waitMillis: number;

  constructor(message: string, waitMillis: number) {
    super(message);
    this.waitMillis = waitMillis;
  }
}

interface QueueLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait; further work is rejected. */
  readonly maxWaiting: number;
  /** Milliseconds on a clock that never goes back. Default: the machine's. */
  readonly monotonicMillis?: () => number;
}

/** Pieces of work that the mean of their time runs over. */
const sampleSize = 8;

/**
 * Runs a few pieces of expensive work at a time, queues a few more, and rejects the rest, so that a burst leaves room for other
 * work.
 */
export class BoundedQueue {
  readonly #limits: QueueLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #admitted = 0;
  /** The mean time of a piece of work, in milliseconds; `undefined` before the first. */
  #meanMillis: number | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /**
   * Reserves a place for later work until it is disposed of. There are `concurrency` + `maxWaiting` places. Throws
   * {@link QueueFullError}. {@link run} does not require a place.
   */
  admit(): Disposable {
    const { concurrency, maxWaiting } = this.#limits;
    if (this.#admitted >= concurrency + maxWaiting) {
      throw new QueueFullError("too much was admitted", this.#millisFor(this.#admitted));
    }
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
    const { monotonicMillis = () => performance.now() } = this.#limits;
    const startedAt = monotonicMillis();
    try {
      return await work();
    } finally {
      const tookMillis = monotonicMillis() - startedAt;
      this.#meanMillis ??= tookMillis;
      this.#meanMillis += (tookMillis - this.#meanMillis) / sampleSize;
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      throw new QueueFullError("too much is waiting", this.#millisFor(this.#running + this.#waiting.length));
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The time that this many pieces of work will take. */
  #millisFor(pieces: number): number {
    return ((this.#meanMillis ?? 0) * pieces) / this.#limits.concurrency;
  }

  /** Hands the place to the next in line, or frees it. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
