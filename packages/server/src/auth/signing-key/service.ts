import { addSeconds, type Clock, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { makeKey } from "./key-pair.ts";
import { type KeyState, type KeyTimes, keyStateAt, retirementSeconds, retiresAt } from "./key-schedule.ts";
import {
  deleteAllSigningKeys,
  deleteKeysRetiredBefore,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
} from "./store.ts";

/** What the rotation of signing keys needs. */
export interface RotationDeps {
  readonly config: Pick<Config, "signingKeys">;
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
}

/** A key as operators see it, without the key pair. */
export interface SigningKeyDescription {
  readonly id: string;
  readonly state: KeyState;
  readonly publishedAt: Date;
  readonly activatesAt: Date;
  /** When it stops signing; `undefined` for the last key. */
  readonly retiresAt: Date | undefined;
  /** Until when its tokens are accepted; `undefined` for the last key. */
  readonly acceptedUntil: Date | undefined;
}

/** The key that will sign next. */
export interface NextKey {
  readonly id: string;
  readonly activatesAt: Date;
  /** `false` if it had been published before this call. */
  readonly isNew: boolean;
}

/** The keys, in the order in which they sign. */
export async function describeSigningKeys({
  db,
  clock,
}: Pick<RotationDeps, "db" | "clock">): Promise<readonly SigningKeyDescription[]> {
  const keys = await listSigningKeys(db);
  return keys.map(({ id, publishedAt, activatesAt }, index) => {
    const end = retiresAt(keys, index);
    const acceptedUntil = end && addSeconds(end, retirementSeconds);
    return { id, state: keyStateAt(keys, index, clock.now()), publishedAt, activatesAt, retiresAt: end, acceptedUntil };
  });
}

/** Makes the first key of a database, which signs at once. Of several servers that start together, one makes it. */
export async function makeFirstKey(deps: Omit<RotationDeps, "config">): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    if ((await listSigningKeys(trx)).length === 0) await addKey(deps, trx, 0);
  });
}

/**
 * Publishes a key that will sign after `SIGNING_KEY_LEAD_SECONDS`, and returns it. Returns the published key if there is one
 * that does not sign yet, so that several calls rotate the keys once. The first key of a database signs at once.
 */
export async function rotateSigningKey(deps: RotationDeps): Promise<NextKey> {
  return await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    const keys = await listSigningKeys(trx);
    const leadSeconds = keys.length === 0 ? 0 : deps.config.signingKeys.leadSeconds;
    return findNext(keys, deps.clock.now()) ?? (await addKey(deps, trx, leadSeconds));
  });
}

/** Publishes the next key if it is due, so early that it signs when the active key has signed for `SIGNING_KEY_ROTATION_DAYS`. */
export async function rotateWhenDue(deps: RotationDeps): Promise<NextKey | undefined> {
  const { rotationDays, leadSeconds } = deps.config.signingKeys;
  if (rotationDays === 0) return undefined;
  return await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    const newest = (await listSigningKeys(trx)).at(-1);
    const now = deps.clock.now();
    const dueAt = addSeconds(newest?.activatesAt ?? now, rotationDays * daySeconds - leadSeconds);
    // A published key signs first; the one after it is published later.
    if (newest !== undefined && (newest.activatesAt > now || dueAt > now)) return undefined;
    return await addKey(deps, trx, leadSeconds);
  });
}

/**
 * Deletes all keys and makes one that signs at once: for keys that may have leaked. Every access token becomes invalid with
 * the key that signed it. Sessions stay, because signing keys do not sign refresh tokens.
 */
export async function replaceSigningKeys(
  deps: Omit<RotationDeps, "config">,
): Promise<{ readonly id: string; readonly replaced: readonly string[] }> {
  return await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    const replaced = await deleteAllSigningKeys(trx);
    return { id: (await addKey(deps, trx, 0)).id, replaced };
  });
}

/** Deletes the keys that are no longer accepted; returns how many it deleted. */
export async function deleteExpiredSigningKeys({ db, clock }: Pick<RotationDeps, "db" | "clock">): Promise<number> {
  return await deleteKeysRetiredBefore(db, addSeconds(clock.now(), -retirementSeconds));
}

function findNext(keys: readonly (KeyTimes & { readonly id: string })[], now: Date): NextKey | undefined {
  const next = keys.find((_key, index) => keyStateAt(keys, index, now) === "next");
  return next && { id: next.id, activatesAt: next.activatesAt, isNew: false };
}

async function addKey(
  { keyRing, clock }: Pick<RotationDeps, "keyRing" | "clock">,
  trx: DatabaseTransaction,
  leadSeconds: number,
): Promise<NextKey> {
  const pair = await makeKey(keyRing);
  const publishedAt = clock.now();
  const activatesAt = addSeconds(publishedAt, leadSeconds);
  await insertSigningKey(trx, { ...pair, publishedAt, activatesAt });
  return { id: pair.id, activatesAt, isNew: true };
}
