import { setTimeout as delay } from "node:timers/promises";

/** From the beginning of one load to that of the next, in milliseconds, however many ask for one. */
const minIntervalMillis = 200;

/** Loads one at a time and not too often; whoever asks gets one that began after they asked. */
export class Reloader {
  readonly #load: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #loadedAt = Number.NEGATIVE_INFINITY;

  constructor(load: () => Promise<void>) {
    this.#load = load;
  }

  /** When the last load that succeeded began, by `performance.now()`: it vouches for all that was there before. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** Rejects as the load does. */
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
