/** A kind of place, with the number of places; 0 for any number. */
interface Places {
  readonly key: string;
  readonly max: number;
}

/** Counts what is going on at once in this process, by keys. */
export class Occupancy {
  readonly #counts = new Map<string, number>();

  /** The number of counted keys; 0 when nothing is going on. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Takes one place of each kind until the returned function is called, which must be called once. Returns `undefined`, and
   * takes none, if one kind is full.
   */
  enter(places: readonly Places[]): (() => void) | undefined {
    if (places.some(({ key, max }) => max > 0 && this.countOf(key) >= max)) return undefined;
    for (const { key } of places) this.#counts.set(key, this.countOf(key) + 1);
    return () => {
      for (const { key } of places) this.#leave(key);
    };
  }

  #leave(key: string): void {
    const count = this.countOf(key) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  /** The places of a key that are taken. */
  countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}
