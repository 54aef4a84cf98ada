import type { Clock } from "../../clock.ts";
import { retryService } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";

/** Keeps messages back while a service wants none: until the time of its `Retry-After` has passed. */
export class ServicePause {
  readonly #clock: Clock;
  #reason = "";
  #until = new Date(0);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The outcome of a message that should be sent now; `undefined` if it may be. */
  get outcome(): PushOutcome | undefined {
    const afterMillis = this.#until.getTime() - this.#clock.now().getTime();
    return afterMillis > 0 ? retryService(this.#reason, afterMillis) : undefined;
  }

  /** Begins a pause if the outcome asks for one, and returns whether it did. */
  follow(outcome: PushOutcome): boolean {
    if (outcome.status !== "retry" || outcome.scope === "message" || outcome.afterMillis === undefined) return false;
    this.#reason = outcome.reason;
    this.#until = new Date(this.#clock.now().getTime() + outcome.afterMillis);
    return true;
  }
}
