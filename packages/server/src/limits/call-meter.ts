import type { Clock } from "../clock.ts";

const windowSeconds = 60;

/** Callers counted at most, about 20 MB; whoever comes newly beyond them in that minute is not. */
const maxCallers = 200_000;

/**
 * Counts every call by the caller's network, in this process and without waiting for anything: it is on the path of each.
 * Its minutes are those of the clock, the same for all.
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

  /** Seconds to wait, or 0 where the call is let through. */
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
