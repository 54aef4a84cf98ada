import { addSeconds, type Clock } from "../../clock.ts";
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

/** What changes of the keys need. */
/** What the rotation of signing keys needs. */
export interface RotationDeps {
  readonly config: Pick<Config, "signingKeys">;
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
}

/** A key as operators see it, without either half of the pair. */
export interface SigningKeyDescription {
  readonly id: string;
  readonly state: KeyState;
  readonly publishedAt: Date;
  readonly activatesAt: Date;
  /** When it ceases to sign, where that is known. */
  readonly retiresAt: Date | undefined;
  /** When its last token has expired, where that is known; it is accepted until then. */
  readonly acceptedUntil: Date | undefined;
}

/** The key that a rotation published, or found published. */
export interface NextKey {
  readonly id: string;
  readonly activatesAt: Date;
  /** Whether this call made it. */
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

/** Makes the first key of a database, which signs at once; of servers that start together, one does. */
export async function makeFirstKey(deps: Omit<RotationDeps, "config">): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    if ((await listSigningKeys(trx)).length === 0) await addKey(deps, trx, 0);
  });
}

/**
 * Publishes the key that will sign when `SIGNING_KEY_LEAD_SECONDS` are over. While one is published and does not sign
 * yet, it is that one: however many ask at once, the keys are rotated once. The first key of a database signs at once.
 */
export async function rotateSigningKey(deps: RotationDeps): Promise<NextKey> {
  return await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    const keys = await listSigningKeys(trx);
    const leadSeconds = keys.length === 0 ? 0 : deps.config.signingKeys.leadSeconds;
    return findNext(keys, deps.clock.now()) ?? (await addKey(deps, trx, leadSeconds));
  });
}

/** Publishes the next key where the schedule wants it, so that it signs when the active one has for long enough. */
export async function rotateWhenDue(deps: RotationDeps): Promise<NextKey | undefined> {
  const { rotationDays, leadSeconds } = deps.config.signingKeys;
  if (rotationDays === 0) return undefined;
  return await inTransaction(deps.db, async (trx) => {
    await lockSigningKeys(trx);
    const newest = (await listSigningKeys(trx)).at(-1);
    const now = deps.clock.now();
    const dueAt = addSeconds(newest?.activatesAt ?? now, rotationDays * 24 * 60 * 60 - leadSeconds);
    // One that is to come has its turn before the one after it.
    if (newest !== undefined && (newest.activatesAt > now || dueAt > now)) return undefined;
    return await addKey(deps, trx, leadSeconds);
  });
}

/**
 * For keys that somebody else may have: deletes all of them and makes another, which signs at once. Every access token
 * ends with the key that signed it; sessions go on, since refresh tokens are none of its business.
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

/** Deletes keys that nobody accepts any more; answers with how many there were. */
export async function deleteSpentSigningKeys({ db, clock }: Pick<RotationDeps, "db" | "clock">): Promise<number> {
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
