import type { Insertable, Selectable, Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { DeviceTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A device as stored. */
export type DeviceRow = Selectable<DeviceTable>;

/** Answers with the new row, or with nothing if the installation is known; it then waits for whoever adds it. */
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
export async function changeDevice(
  trx: DatabaseTransaction,
  id: string,
  changes: Updateable<DeviceTable>,
): Promise<DeviceRow> {
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
