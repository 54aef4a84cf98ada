/** Attempts that may wait at one key; a further one is rejected at once. */
const maxWaitingPerKey = 32;

/** An attempt, from before it is counted until its outcome is counted. */
export interface InFlightAttempt {
  /** Whether a count at the key was taken back since the attempt began. */
  wasFreed(key: string): boolean;
  /** Ends the attempt, whose counts at these keys have been taken back. */
  finish(freedKeys: readonly string[]): void;
}

interface Entry {
  readonly freedAt: Set<string>;
  /** Resolves with the keys whose counts were taken back. */
  readonly finished: Promise<readonly string[]>;
}

/**
 * The attempts in progress on this instance. Each is counted before its outcome is known, so an attempt that exceeds a limit
 * because of them may be allowed as soon as one of them succeeds.
 */
export class AttemptsInFlight {
  readonly #entries = new Map<string, Set<Entry>>();
  readonly #waiting = new Map<string, number>();

  /** Registers an attempt at its keys. */
  start(keys: readonly string[]): InFlightAttempt {
    const { promise: finished, resolve } = Promise.withResolvers<readonly string[]>();
    const entry: Entry = { freedAt: new Set(), finished };
    for (const key of keys) this.#entriesAt(key).add(entry);
    return {
      wasFreed: (key) => entry.freedAt.has(key),
      finish: (freedKeys) => {
        for (const key of keys) this.#remove(key, entry);
        for (const key of freedKeys) for (const other of this.#entries.get(key) ?? []) other.freedAt.add(key);
        resolve(freedKeys);
      },
    };
  }

  /** Waits until one of the attempts now at the key frees it; `false` if none does, or if too many wait already. */
  async waitForRoom(key: string): Promise<boolean> {
    const ahead = [...(this.#entries.get(key) ?? [])];
    const waiting = this.#waiting.get(key) ?? 0;
    if (ahead.length === 0 || waiting >= maxWaitingPerKey) return false;
    this.#waiting.set(key, waiting + 1);
    const hasRoom = await isOneOf(ahead.map(async ({ finished }) => (await finished).includes(key)));
    const others = (this.#waiting.get(key) ?? 1) - 1;
    if (others === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, others);
    return hasRoom;
  }

  #entriesAt(key: string): Set<Entry> {
    const present = this.#entries.get(key) ?? new Set();
    this.#entries.set(key, present);
    return present;
  }

  #remove(key: string, entry: Entry): void {
    const present = this.#entries.get(key);
    present?.delete(entry);
    if (present?.size === 0) this.#entries.delete(key);
  }
}

/** Resolves with `true` as soon as one is true, else with `false`. */
async function isOneOf(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const trueOnes = answers.map(async (answer) => {
    if (!(await answer)) throw new Error("is not true");
  });
  return await Promise.any(trueOnes).then(
    () => true,
    () => false,
  );
}
