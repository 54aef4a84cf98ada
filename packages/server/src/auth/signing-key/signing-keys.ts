import type { KeyObject } from "node:crypto";
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

interface SigningKeysOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the keys are relied on after they were read, in milliseconds. After that they are read again before a token is accepted. */
  readonly maxSilenceMillis: number;
}

interface OpenedKey extends StoredSigningKey {
  readonly publicKey: CryptoKey;
  /** `undefined` if this server's key ring cannot open it: the key then verifies tokens but does not sign. */
  readonly openedPrivateKey: KeyObject | undefined;
}

/**
 * The signing keys of the database, in memory. The rows and the time determine which key signs, so that servers agree without
 * messages. A server that has not read a new row yet reads it when a token names the key.
 */
export class SigningKeys implements AccessTokenKeys {
  readonly #options: SigningKeysOptions;
  readonly #reloader: Reloader;
  readonly #keyIds: KeyIds;
  /** In the order in which they sign. */
  #keys: readonly OpenedKey[] = [];
  #ids: ReadonlySet<string> = new Set();
  /** Ids of keys that were deleted: a deleted key never comes back. */
  readonly #deletedIds = new Set<string>();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
    this.#reloader = new Reloader(() => this.#read());
    this.#keyIds = new KeyIds(options.keyRing);
  }

  /** Whether a remembered token of this key is still valid. `false` for a deleted key, and if the keys were not read lately. */
  isTrusted(keyId: string): boolean {
    return this.#ids.has(keyId) && !this.#isSilent();
  }

  signingKeyAt(now: Date) {
    const candidates = this.#keys.slice(0, activeIndex(this.#keys, now) + 1);
    // The other servers would refuse the tokens of a spent key.
    const mayStillSign = (index: number) => keyStateAt(this.#keys, index, now) !== "spent";
    const key = candidates.findLast(
      ({ openedPrivateKey }, index) => openedPrivateKey !== undefined && mayStillSign(index),
    );
    if (key?.openedPrivateKey === undefined) throw new Error("ENCRYPTION_KEYS opens none of the keys that may sign");
    return { id: key.id, privateKey: key.openedPrivateKey };
  }

  async findPublicKey(id: string, now: Date): Promise<CryptoKey | undefined> {
    if (this.#mayBeNew(id) || this.#isSilent()) await this.reload();
    const index = this.#keys.findIndex((key) => key.id === id);
    if (index === -1 || keyStateAt(this.#keys, index, now) === "spent") return undefined;
    return this.#keys[index]?.publicKey;
  }

  /** The keys to publish: those that sign, will sign, or have signed a token that may still be valid. */
  publicKeySet(now: Date): JsonWebKeySet {
    const published = this.#keys.filter((_key, index) => keyStateAt(this.#keys, index, now) !== "spent");
    return { keys: published.map(toPublicJwk) };
  }

  /** Reads the rows as they are after this call, at most a few times a second for all calls together. */
  reload(): Promise<void> {
    return this.#reloader.reload();
  }

  /** Anybody can name an unknown key in a token: that must cost no statement and take no longer than any refusal. */
  #mayBeNew(id: string): boolean {
    return !this.#ids.has(id) && !this.#deletedIds.has(id) && this.#keyIds.isGenuine(id);
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
    for (const id of known.keys()) if (!this.#ids.has(id)) this.#deletedIds.add(id);
  }

  async #open(row: StoredSigningKey): Promise<OpenedKey> {
    return { ...row, publicKey: await openPublicKey(row), openedPrivateKey: this.#tryOpenPrivateKey(row) };
  }

  #tryOpenPrivateKey(row: StoredSigningKey): KeyObject | undefined {
    try {
      return openPrivateKey(this.#options.keyRing, row);
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
