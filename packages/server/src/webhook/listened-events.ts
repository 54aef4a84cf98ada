/** How long the types that were read are relied on, in milliseconds. A webhook is served that long after its creation. */
const maxAgeMillis = 1000;

interface ListenedEventsOptions {
  /** Reads the types of events of the active webhooks. */
  readonly read: () => Promise<readonly string[]>;
  /** A clock that never goes back, in milliseconds from any start. */
  readonly monotonicMillis: () => number;
  /** Whether this process alone changes webhooks, so that types which were read stay valid until it does. */
  readonly isAlone: boolean;
}

/**
 * Remembers the types of events that webhooks listen to, so that an event without a listener costs no statement. It has no
 * timer: its owner calls `poll`.
 */
export class ListenedEvents {
  readonly #options: ListenedEventsOptions;
  #types: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  /** How often this process changed webhooks: a read that began before a change does not count. */
  #changes = 0;

  constructor(options: ListenedEventsOptions) {
    this.#options = options;
  }

  /** Whether the database has to be asked for webhooks with this type; in doubt it has to. */
  mayListen(type: string): boolean {
    const { monotonicMillis, isAlone } = this.#options;
    const isValid = isAlone ? this.#isRead : monotonicMillis() - this.#readAt <= maxAgeMillis;
    return !isValid || this.#types.has(type);
  }

  /** Call it once a change of a webhook is committed: from then on, the database is asked until the next poll. */
  markChanged(): void {
    this.#changes += 1;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Reads the types. If that fails, those that are known become too old, and the database is asked for each event. */
  async poll(): Promise<void> {
    const { read, monotonicMillis, isAlone } = this.#options;
    if (isAlone && this.#isRead) return;
    const [readAt, changes] = [monotonicMillis(), this.#changes];
    const types = await read().catch(() => undefined);
    if (types === undefined || changes !== this.#changes) return;
    this.#types = new Set(types);
    this.#readAt = readAt;
  }

  get #isRead(): boolean {
    return this.#readAt > Number.NEGATIVE_INFINITY;
  }
}
