import { setTimeout as delay } from "node:timers/promises";

/** The least time between the starts of two loads, in milliseconds. */
const minIntervalMillis = 200;

/** Runs one load at a time and limits their rate. Each call of `reload` gets a load that began after the call. */
export class Reloader {
  readonly #load: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #loadedAt = Number.NEGATIVE_INFINITY;

  constructor(load: () => Promise<void>) {
    this.#load = load;
  }

  /** When the last successful load began, by `performance.now()`: it read everything committed before. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** Rejects if the load rejects. */
  reload(): Promise<void> {
    this.#next ??= this.#wait().then(() => {
      this.#next = undefined;
      this.#running = this.#begin();
      return this.#running;
    });
    return this.#next;
  }

  async #wait(): Promise<void> {
    await this.#running.catch(() => undefined);
    const pauseMillis = this.#begunAt + minIntervalMillis - performance.now();
    if (pauseMillis > 0) await delay(pauseMillis);
  }

  async #begin(): Promise<void> {
    const begunAt = performance.now();
    this.#begunAt = begunAt;
    await this.#load();
    this.#loadedAt = begunAt;
  }
}
