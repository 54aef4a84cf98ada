/** Attempts that wait at one key at most; another is refused at once. */
const maxWaitingPerKey = 32;

/** An attempt at its keys, from before it is counted until its outcome is. */
export interface Visit {
  /** Whether room was made at the key since the visit began. */
  sawRoom(key: string): boolean;
  /** Ends the visit, which made room at these keys: what was counted there for it has been taken back. */
  leave(roomAt: readonly string[]): void;
}

interface Visitor {
  readonly sawRoomAt: Set<string>;
  /** The keys at which it made room. */
  readonly left: Promise<readonly string[]>;
}

/**
 * The attempts that this process is looking at. Each is counted before it is known to fail, so an attempt that finds no room
 * beside them may have it as soon as one of them proves right.
 */
export class AttemptsInFlight {
  readonly #visitors = new Map<string, Set<Visitor>>();
  readonly #waiting = new Map<string, number>();

  enter(keys: readonly string[]): Visit {
    const { promise: left, resolve } = Promise.withResolvers<readonly string[]>();
    const visitor: Visitor = { sawRoomAt: new Set(), left };
    for (const key of keys) this.#visitorsAt(key).add(visitor);
    return {
      sawRoom: (key) => visitor.sawRoomAt.has(key),
      leave: (roomAt) => {
        for (const key of keys) this.#remove(key, visitor);
        for (const key of roomAt) for (const other of this.#visitors.get(key) ?? []) other.sawRoomAt.add(key);
        resolve(roomAt);
      },
    };
  }

  /** Waits for one of those that are at the key now to make room; `false` if none does, or too many wait for it. */
  async waitForRoom(key: string): Promise<boolean> {
    const ahead = [...(this.#visitors.get(key) ?? [])];
    const waiting = this.#waiting.get(key) ?? 0;
    if (ahead.length === 0 || waiting >= maxWaitingPerKey) return false;
    this.#waiting.set(key, waiting + 1);
    const hasRoom = await isOneOf(ahead.map(async ({ left }) => (await left).includes(key)));
    const others = (this.#waiting.get(key) ?? 1) - 1;
    if (others === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, others);
    return hasRoom;
  }

  #visitorsAt(key: string): Set<Visitor> {
    const present = this.#visitors.get(key) ?? new Set();
    this.#visitors.set(key, present);
    return present;
  }

  #remove(key: string, visitor: Visitor): void {
    const present = this.#visitors.get(key);
    present?.delete(visitor);
    if (present?.size === 0) this.#visitors.delete(key);
  }
}

/** Whether one comes true, as soon as it does. */
async function isOneOf(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const trueOnes = answers.map(async (answer) => {
    if (!(await answer)) throw new Error("is not true");
  });
  return await Promise.any(trueOnes).then(
    () => true,
    () => false,
  );
}
