import { GatehouseError } from "../errors.ts";
import { Occupancy } from "./occupancy.ts";

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
  readonly #open = new Occupancy();

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits;
  }

  /** The number of counted keys; 0 when no subscription is open. */
  get size(): number {
    return this.#open.size;
  }

  /** Counts one more until the returned function is called. Throws `TOO_MANY_SUBSCRIPTIONS`. */
  enter({ userId, network }: Reader): () => void {
    const leave = this.#open.enter([
      { key: "all", max: this.#limits.subscriptions },
      { key: `user ${userId}`, max: this.#limits.subscriptionsPerUser },
      { key: `network ${network}`, max: this.#limits.subscriptionsPerIp },
    ]);
    if (leave === undefined) throw new GatehouseError("TOO_MANY_SUBSCRIPTIONS", { retryAfterSeconds });
    return leave;
  }
}
