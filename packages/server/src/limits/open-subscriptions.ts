import { GatehouseError } from "../errors.ts";

/** The subscriber of an open subscription. */
interface Reader {
  readonly userId: string;
  /** As `networkOf` names it. */
  readonly network: string;
}

/** Subscriptions that may be open at once; 0 for no limit. */
interface SubscriptionLimits {
  readonly subscriptions: number;
  readonly subscriptionsPerUser: number;
  readonly subscriptionsPerIp: number;
}

/** Seconds after which to try again; it is unknown when a subscription will end. */
const retryAfterSeconds = 30;

/** Counts the open subscriptions of this process; each holds a connection and memory. */
export class OpenSubscriptions {
  readonly #limits: SubscriptionLimits;
  readonly #counts = new Map<string, number>();

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits;
  }

  /** The number of counted keys; 0 when no subscription is open. */
  get size(): number {
    return this.#counts.size;
  }

  /** Counts one more until the returned function is called. Throws `TOO_MANY_SUBSCRIPTIONS`. */
  enter({ userId, network }: Reader): () => void {
    const places = [
      { key: "all", max: this.#limits.subscriptions },
      { key: `user ${userId}`, max: this.#limits.subscriptionsPerUser },
      { key: `network ${network}`, max: this.#limits.subscriptionsPerIp },
    ];
    const isFull = places.some(({ key, max }) => max > 0 && this.#countOf(key) >= max);
    if (isFull) throw new GatehouseError("TOO_MANY_SUBSCRIPTIONS", { retryAfterSeconds });
    for (const { key } of places) this.#counts.set(key, this.#countOf(key) + 1);
    return () => {
      for (const { key } of places) this.#leave(key);
    };
  }

  #leave(key: string): void {
    const count = this.#countOf(key) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  #countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}
