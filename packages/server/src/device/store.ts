import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import { digestSecret } from "../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { DeviceTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A device as stored. */
export type DeviceRow = Selectable<DeviceTable>;

/** What changes of a device. */
export type DeviceChanges = Updateable<DeviceTable>;

/** The digest of a device's push token, as its unique index has it. */
const pushTokenDigest = sql<Uint8Array>`sha256(replace(push_token, '\\', '\\\\')::bytea)`;

/**
 * Lets one transaction at a time give this token to a device. Taken before any device is locked: in another order two of
 * them would wait for each other (see `lockSessionsAndDevices`).
 */
export async function lockPushToken(trx: DatabaseTransaction, pushToken: string): Promise<void> {
  const key = digestSecret(pushToken).readBigInt64BE().toString();
  await sql`select pg_advisory_xact_lock(${key}::bigint)`.execute(trx);
}

/** Devices by what is known of them; those that any of it is true of. */
interface WantedDevices {
  readonly installationId?: string | undefined;
  readonly pushToken?: string | null | undefined;
  readonly userId?: string;
}

/**
 * The installation's device, the one that has this push token and the user's, locked until the transaction ends, in the
 * order of their ids: two calls that swap their tokens do not wait for each other.
 */
export async function lockDevices(
  trx: DatabaseTransaction,
  { installationId, pushToken = null, userId }: WantedDevices,
): Promise<readonly DeviceRow[]> {
  return await trx
    .selectFrom("device")
    .selectAll()
    .where((where) =>
      where.or([
        ...(installationId === undefined ? [] : [where("installation_id", "=", installationId)]),
        ...(userId === undefined ? [] : [where("user_id", "=", userId)]),
        ...(pushToken === null ? [] : [where(pushTokenDigest, "=", digestSecret(pushToken))]),
      ]),
    )
    .orderBy("id")
    .forUpdate()
    .execute();
}

/** The new row, or nothing if the installation is known; waits for a transaction that adds it. */
export async function insertDevice(
  trx: DatabaseTransaction,
  values: Insertable<DeviceTable>,
): Promise<DeviceRow | undefined> {
  return await trx
    .insertInto("device")
    .values(values)
    .onConflict((conflict) => conflict.column("installation_id").doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** The installation's device, locked until the transaction ends. */
export async function lockDevice(trx: DatabaseTransaction, installationId: string): Promise<DeviceRow | undefined> {
  return await trx
    .selectFrom("device")
    .selectAll()
    .where("installation_id", "=", installationId)
    .forUpdate()
    .executeTakeFirst();
}

/** The installation's device, if it is the user's. */
export async function findDeviceOf(
  db: Database,
  device: { readonly installationId: string; readonly userId: string | null },
): Promise<DeviceRow | undefined> {
  return await db
    .selectFrom("device")
    .selectAll()
    .where("installation_id", "=", device.installationId)
    .where("user_id", "=", device.userId)
    .executeTakeFirst();
}

/** Answers with the changed row. */
export async function changeDevice(trx: DatabaseTransaction, id: string, changes: DeviceChanges): Promise<DeviceRow> {
  return await trx.updateTable("device").set(changes).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** The user's devices, the newest first. */
export async function listDevicesOf(db: Database, userId: string, page: PageBounds): Promise<readonly DeviceRow[]> {
  return await db
    .selectFrom("device")
    .selectAll()
    .where("user_id", "=", userId)
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

/** The internal ids of the user's devices. */
export async function findDeviceIdsOf(trx: DatabaseTransaction, userId: string): Promise<readonly string[]> {
  const rows = await trx.selectFrom("device").select("id").where("user_id", "=", userId).execute();
  return rows.map(({ id }) => id);
}

/** Whether the device is the user's; if so it is locked until the transaction ends. */
export async function lockDeviceOf(
  trx: DatabaseTransaction,
  device: { readonly id: string; readonly userId: string },
): Promise<boolean> {
  const row = await trx
    .selectFrom("device")
    .select("id")
    .where("id", "=", device.id)
    .where("user_id", "=", device.userId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Deletes devices that are nobody's and were last seen before a moment, at most so many; returns how many there were. One
 * that is in use meanwhile is left to the next time.
 */
export async function deleteAnonymousDevices(db: Database, before: Date, limit: number): Promise<number> {
  const unused = db
    .selectFrom("device")
    .select("id")
    .where("user_id", "is", null)
    .where("last_seen_at", "<", before)
    .orderBy("last_seen_at")
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const result = await db.deleteFrom("device").where("id", "in", unused).executeTakeFirst();
  return Number(result.numDeletedRows);
}
