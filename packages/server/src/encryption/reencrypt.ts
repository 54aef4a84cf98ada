import { setTimeout as delay } from "node:timers/promises";
import { type KeyRing, UnsealError } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import type { SealedData, SealedValue } from "./sealed-data.ts";
import { listVersionsInUse } from "./versions-in-use.ts";

/** Values that are sealed anew at once; a statement that writes more holds its locks for long. */
const batchSize = 500;

/** Before rows that were locked are tried again, in milliseconds. */
const pauseMillis = 100;

/** What the re-encryption needs. */
export interface ReencryptionOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly places: readonly SealedData[];
  /** What was sealed anew when it is aborted stays so. */
  readonly signal?: AbortSignal;
}

/** What a re-encryption did. */
export interface ReencryptionResult {
  /** Values sealed anew, by the name of their place; places where there was nothing to do are left out. */
  readonly resealed: ReadonlyMap<string, number>;
  /** What no key of the ring opens, which stays as it is. */
  readonly unopened: readonly UnsealError[];
}

/** Versions below the one that seals now, which some value still names. */
export async function listOutdatedVersions({ db, keyRing, places }: ReencryptionOptions): Promise<readonly number[]> {
  const inUse = await listVersionsInUse(db, places);
  return [...inUse.keys()].filter((version) => version < keyRing.currentVersion);
}

/**
 * Seals anew, with the current key, whatever an older one sealed. It may be interrupted, repeated, and run several times
 * at once: a value is replaced only where it is still the one that was read.
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
    // All of them were somebody's for the moment.
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
