import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import { digestSecret } from "../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { DeviceTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";
import { pushTokenLock } from "./push-token.ts";

/** A device as stored. */
export type DeviceRow = Selectable<DeviceTable>;

/** The changed columns of a device. */
export type DeviceChanges = Updateable<DeviceTable>;

/** The digest of a device's push token. The unique index has the same expression. */
const pushTokenDigest = sql<Uint8Array>`sha256(replace(push_token, '\\', '\\\\')::bytea)`;

/** Takes the lock of {@link pushTokenLock}, before any device is locked. */
export async function lockPushToken(trx: DatabaseTransaction, pushToken: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${pushTokenLock(pushToken)}::bigint)`.execute(trx);
}

/** Selects the devices that match at least one of these criteria. */
interface WantedDevices {
  readonly installationId?: string | undefined;
  readonly pushToken?: string | null | undefined;
  readonly userId?: string;
}

/**
 * Reads the device of the installation, the device with this push token and the user's devices, and locks them until the
 * transaction ends. It locks in the order of internal ids, so that two calls that swap their tokens do not deadlock.
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

/** Inserts a device and returns its row, or `undefined` if the installation has a row. Waits for a concurrent insert. */
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

/** Reads the installation's device and locks it until the transaction ends. */
export async function lockDevice(trx: DatabaseTransaction, installationId: string): Promise<DeviceRow | undefined> {
  return await trx
    .selectFrom("device")
    .selectAll()
    .where("installation_id", "=", installationId)
    .forUpdate()
    .executeTakeFirst();
}

/** Changes a device and returns the changed row. */
export async function changeDevice(trx: DatabaseTransaction, id: string, changes: DeviceChanges): Promise<DeviceRow> {
  return await trx.updateTable("device").set(changes).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** Lists a page of the user's devices, the newest first. */
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

/** Finds a device by its internal id. */
export async function findDevice(db: Database, id: string): Promise<DeviceRow | undefined> {
  return await db.selectFrom("device").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Finds the installation's device, if it is the user's. */
export async function findOwnDevice(
  db: Database,
  { userId, installationId }: { readonly userId: string; readonly installationId: string },
): Promise<DeviceRow | undefined> {
  return await db
    .selectFrom("device")
    .selectAll()
    .where("installation_id", "=", installationId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
}

/** Forgets when the user's device was trusted on which the session is, or was. */
export async function forgetTrust(
  trx: DatabaseTransaction,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string },
): Promise<void> {
  await trx
    .updateTable("device")
    .set({ trusted_at: null })
    .where("user_id", "=", userId)
    .where("id", "=", (eb) => eb.selectFrom("session").select("device_id").where("session.id", "=", sessionId))
    .execute();
}

/** Returns the internal ids of the user's devices. */
export async function findDeviceIdsOf(trx: DatabaseTransaction, userId: string): Promise<readonly string[]> {
  const rows = await trx.selectFrom("device").select("id").where("user_id", "=", userId).execute();
  return rows.map(({ id }) => id);
}

/** Whether the device is linked to the user. If it is, locks it until the transaction ends. */
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
