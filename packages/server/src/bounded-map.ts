/**
 * A map with a maximum of entries. Adding one beyond it deletes the entry that was set longest ago; reading an entry does not
 * make it younger, so reads cost what those of a `Map` do.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    super();
    this.#maxEntries = maxEntries;
  }

  override set(key: Key, value: Value): this {
    // A map keeps the order in which keys were added: deleting the key first makes it the newest.
    this.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.#maxEntries) break;
      this.delete(oldest);
    }
    return this;
  }
}
