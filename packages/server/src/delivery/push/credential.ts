import type { Clock } from "../../clock.ts";

/** What a service accepts as proof of who sends, for a time. */
interface TimedCredential {
  readonly value: string;
  /** From then on another one is made. */
  readonly renewAt: Date;
  /** Until then it serves, if no other one can be made. */
  readonly expiresAt: Date;
}

interface CredentialOptions {
  readonly clock: Clock;
  /** Makes a credential. A rejection reaches every caller who waits for it. */
  readonly make: (now: Date) => Promise<TimedCredential>;
}

/** Keeps a credential and renews it in time, once for all callers who need it then. */
export class RenewedCredential {
  readonly #options: CredentialOptions;
  #current: TimedCredential | undefined;
  #making: Promise<TimedCredential> | undefined;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /** Returns a credential that has not expired. Rejects as {@link CredentialOptions.make} does. */
  async get(): Promise<string> {
    const now = this.#options.clock.now();
    const current = this.#current;
    if (current !== undefined && now < current.renewAt) return current.value;
    try {
      return (await this.#renew(now)).value;
    } catch (error) {
      if (current !== undefined && current === this.#current && now < current.expiresAt) return current.value;
      throw error;
    }
  }

  /** Forgets the credential, since the service has refused it. One that was made meanwhile stays. */
  discard(value: string): void {
    if (this.#current?.value === value) this.#current = undefined;
  }

  async #renew(now: Date): Promise<TimedCredential> {
    this.#making ??= this.#options.make(now).finally(() => {
      this.#making = undefined;
    });
    this.#current = await this.#making;
    return this.#current;
  }
}
