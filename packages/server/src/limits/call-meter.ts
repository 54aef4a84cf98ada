import type { Clock } from "../clock.ts";

const windowSeconds = 60;

/** Callers counted at most, about 20 MB; further callers in the same minute are not counted. */
const maxCallers = 200_000;

/**
 * Counts every call by the caller's network, in memory and synchronously, since it is on the path of every call. The windows
 * are the minutes of the clock, the same for all callers.
 */
export class CallMeter {
  readonly #clock: Clock;
  readonly #max: number;
  #endsAt = 0;
  #counts = new Map<string, number>();

  /** `max` calls a minute; 0 for no limit. */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** Returns the seconds to wait; 0 if the call is allowed. */
  count(network: string): number {
    if (this.#max === 0) return 0;
    const now = this.#clock.now().getTime();
    if (now >= this.#endsAt) this.#startMinute(now);
    const count = (this.#counts.get(network) ?? 0) + 1;
    if (count > this.#max) return Math.ceil((this.#endsAt - now) / 1000);
    if (count > 1 || this.#counts.size < maxCallers) this.#counts.set(network, count);
    return 0;
  }

  #startMinute(now: number): void {
    const windowMillis = windowSeconds * 1000;
    this.#endsAt = (Math.floor(now / windowMillis) + 1) * windowMillis;
    this.#counts = new Map();
  }
}
