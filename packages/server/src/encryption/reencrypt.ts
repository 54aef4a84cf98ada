import { setTimeout as delay } from "node:timers/promises";
import { type KeyRing, UnsealError } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import type { SealedData, SealedValue } from "./sealed-data.ts";
import { listVersionsInUse } from "./versions-in-use.ts";

/** Values that one statement reseals. A larger batch would hold its row locks for too long. */
const batchSize = 500;

/** The pause before locked rows are tried again. */
const pauseMillis = 100;

/** The dependencies of a re-encryption. */
export interface ReencryptionOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly places: readonly SealedData[];
  /** Stops the re-encryption between two batches. Values that were resealed by then stay resealed. */
  readonly signal?: AbortSignal;
}

/** The result of a re-encryption. */
export interface ReencryptionResult {
  /** The number of resealed values by the name of the place. Places without outdated values are left out. */
  readonly resealed: ReadonlyMap<string, number>;
  /** The errors of values that no key of the ring opens. These values stay unchanged. */
  readonly unopened: readonly UnsealError[];
}

/** Returns the versions below the current one that are still in use. */
export async function listOutdatedVersions({ db, keyRing, places }: ReencryptionOptions): Promise<readonly number[]> {
  const inUse = await listVersionsInUse(db, places);
  return [...inUse.keys()].filter((version) => version < keyRing.currentVersion);
}

/**
 * Reseals all values of older keys with the current key. It is idempotent and can be interrupted or run concurrently: each
 * value is replaced by compare-and-set.
 */
export async function reencrypt(options: ReencryptionOptions): Promise<ReencryptionResult> {
  const resealed = new Map<string, number>();
  const unopened: UnsealError[] = [];
  for (const place of options.places) {
    for (const version of await place.listVersions(options.db)) {
      if (version >= options.keyRing.currentVersion) continue;
      const done = await resealAll(options, place, version);
      resealed.set(place.name, (resealed.get(place.name) ?? 0) + done.count);
      unopened.push(...done.unopened.values());
    }
  }
  return { resealed, unopened };
}

async function resealAll({ db, keyRing, signal }: ReencryptionOptions, place: SealedData, version: number) {
  const unopened = new Map<string, UnsealError>();
  let count = 0;
  for (;;) {
    signal?.throwIfAborted();
    const batch = await place.list(db, { version, limit: batchSize, exceptIds: [...unopened.keys()] });
    if (batch.length === 0) return { count, unopened };
    const resealed = batch.map((value) => ({ ...value, resealed: tryReseal(keyRing, value) }));
    for (const value of resealed) if (value.resealed instanceof UnsealError) unopened.set(value.id, value.resealed);
    const replaced = await place.replace(db, resealed.filter(isResealed));
    count += replaced;
    // Usually, other transactions have locked all of these rows, and the pause lets them finish.
    if (replaced === 0) await delay(pauseMillis);
  }
}

function isResealed<T extends { readonly resealed: Buffer | UnsealError }>(
  value: T,
): value is T & { resealed: Buffer } {
  return !(value.resealed instanceof UnsealError);
}

function tryReseal(keyRing: KeyRing, { sealed, context }: SealedValue): Buffer | UnsealError {
  try {
    return keyRing.reseal(sealed, context);
  } catch (error) {
    if (error instanceof UnsealError) return error;
    throw error;
  }
}
