/** Keys remembered at most, about 200 bytes each; the one that was added first is forgotten first. */
const maxEntries = 20_000;

/**
 * The keys of sessions' refresh tokens, by the public id of their session, as they were opened lately: with one, a token is
 * proven before the database is asked, so that the rotation is the only statement of a refresh. A key never changes; what has
 * become of its session is not known here.
 */
export class RefreshKeys {
  readonly #keys = new Map<string, Uint8Array>();

  get(sessionId: string): Uint8Array | undefined {
    return this.#keys.get(sessionId);
  }

  set(sessionId: string, key: Uint8Array): void {
    this.#keys.set(sessionId, key);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > maxEntries && oldest !== undefined) this.#keys.delete(oldest);
  }
}
