import type { CryptoKey } from "jose";
import type { Clock } from "../../clock.ts";
import type { AccessTokenKeys } from "../../crypto/access-token.ts";
import { type KeyRing, UnsealError } from "../../crypto/key-ring.ts";
import type { Database } from "../../database/connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { KeyIds } from "./key-ids.ts";
import { openPrivateKey, openPublicKey, toPublicJwk } from "./key-pair.ts";
import { activeIndex, keyStateAt } from "./key-schedule.ts";
import { Reloader } from "./reloader.ts";
import { listSigningKeys, type StoredSigningKey } from "./store.ts";

/** A JWK set; the members of each key are as in RFC 7517 and RFC 8037. */
interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** What the keys in memory are read from, and by which time they follow one another. */
interface SigningKeysOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
  /** What was read is relied on for this long, in milliseconds; after it the rows are asked before a token is accepted. */
  readonly maxSilenceMillis: number;
}

interface OpenedKey extends StoredSigningKey {
  readonly publicKey: CryptoKey;
  /** `undefined` where this server's key ring does not open it: it verifies, and does not sign. */
  readonly ownKey: CryptoKey | undefined;
}

/**
 * The signing keys of the database, in memory. Which one signs follows from the rows and the time, so that servers agree
 * without talking; what they do not agree on, because one has not read a row yet, is read when a token names it.
 */
export class SigningKeys implements AccessTokenKeys {
  readonly #options: SigningKeysOptions;
  readonly #reloader: Reloader;
  readonly #keyIds: KeyIds;
  /** In the order in which they sign. */
  #keys: readonly OpenedKey[] = [];
  #ids: ReadonlySet<string> = new Set();
  /** Of keys that were there: one that is deleted never comes back. */
  readonly #goneIds = new Set<string>();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
    this.#reloader = new Reloader(() => this.#read());
    this.#keyIds = new KeyIds(options.keyRing);
  }

  /**
   * Whether what was remembered of a token of this key still holds. It errs on one side only: not for a key that is gone,
   * nor where nobody can say.
   */
  isTrusted(keyId: string): boolean {
    return this.#ids.has(keyId) && !this.#isSilent();
  }

  signingKeyAt(now: Date) {
    const candidates = this.#keys.slice(0, activeIndex(this.#keys, now) + 1);
    // Tokens of one that is over would be refused everywhere, as if each of their users had been signed out.
    const mayStillSign = (index: number) => keyStateAt(this.#keys, index, now) !== "over";
    const key = candidates.findLast(({ ownKey }, index) => ownKey !== undefined && mayStillSign(index));
    if (key?.ownKey === undefined) throw new Error("ENCRYPTION_KEYS opens none of the keys that may sign");
    return { id: key.id, privateKey: key.ownKey };
  }

  async findPublicKey(id: string, now: Date): Promise<CryptoKey | undefined> {
    if (this.#mayBeNew(id) || this.#isSilent()) await this.reload();
    const index = this.#keys.findIndex((key) => key.id === id);
    if (index === -1 || keyStateAt(this.#keys, index, now) === "over") return undefined;
    return this.#keys[index]?.publicKey;
  }

  /** The keys to publish, and so before they sign and after. */
  publicKeySet(now: Date): JsonWebKeySet {
    const published = this.#keys.filter((_key, index) => keyStateAt(this.#keys, index, now) !== "over");
    return { keys: published.map(toPublicJwk) };
  }

  /** Reads the rows as they are after this call; however many ask, a few times a second at most. */
  reload(): Promise<void> {
    return this.#reloader.reload();
  }

  /** Anybody can name a key that is not there: that must neither cost a statement nor take longer than another refusal. */
  #mayBeNew(id: string): boolean {
    return !this.#ids.has(id) && !this.#goneIds.has(id) && this.#keyIds.isGenuine(id);
  }

  #isSilent(): boolean {
    return performance.now() - this.#reloader.loadedAt > this.#options.maxSilenceMillis;
  }

  async #read(): Promise<void> {
    const known = new Map(this.#keys.map((key) => [key.id, key]));
    const stored = await listSigningKeys(this.#options.db);
    const opened = await Promise.all(stored.map(async (row) => known.get(row.id) ?? (await this.#open(row))));
    this.#keys = opened;
    this.#ids = new Set(opened.map(({ id }) => id));
    for (const id of known.keys()) if (!this.#ids.has(id)) this.#goneIds.add(id);
  }

  async #open(row: StoredSigningKey): Promise<OpenedKey> {
    return { ...row, publicKey: await openPublicKey(row), ownKey: await this.#tryOpenPrivateKey(row) };
  }

  async #tryOpenPrivateKey(row: StoredSigningKey): Promise<CryptoKey | undefined> {
    try {
      return await openPrivateKey(this.#options.keyRing, row);
    } catch (err) {
      if (!(err instanceof UnsealError)) throw err;
      this.#options.log.error(
        { err, keyId: row.id },
        "a signing key cannot be opened, so this server does not sign with it",
      );
      return undefined;
    }
  }
}
