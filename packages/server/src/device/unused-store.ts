import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { isSignedInOnDevice } from "./push-store.ts";

/** The part of the table that {@link findUnusedDevices} looks at, and which devices it finds. */
interface UnusedDevicesQuery {
  /** The internal id after which the part begins; `"0"` is before the first. */
  readonly after: string;
  readonly limit: number;
  /** Devices without a user that were last seen before this moment are found. */
  readonly before: Date;
  readonly now: Date;
}

interface UnusedDevices {
  /** Without a user, and not seen for long. */
  readonly anonymous: readonly string[];
  /** Active, but their user's sessions on them have expired. */
  readonly expired: readonly string[];
  /** The last internal id of the part; `null` if it is empty. */
  readonly last: string | null;
}

/**
 * Finds devices in a part of the table that nobody uses. The table is walked by its primary key: an index on when devices were
 * seen would have to be written by every sign-in.
 */
export async function findUnusedDevices(
  db: Database,
  { after, limit, before, now }: UnusedDevicesQuery,
): Promise<UnusedDevices> {
  const { rows } = await sql<UnusedDevices>`
    with device as materialized (
      select id, user_id, active, last_seen_at from device where id > ${after} order by id limit ${limit}
    )
    select (select max(id) from device) as last,
      array(select id::text from device where user_id is null and last_seen_at < ${before}) as anonymous,
      array(select id::text from device where user_id is not null and active and not ${isSignedInOnDevice(now)}) as expired`.execute(
    db,
  );
  return rows[0] ?? { anonymous: [], expired: [], last: null };
}

/**
 * Deletes those of the devices that still have no user and were last seen before the given time, and returns their number. It skips
 * locked devices, which a later run deletes.
 */
export async function deleteAnonymousDevices(db: Database, ids: readonly string[], before: Date): Promise<number> {
  const unused = db
    .selectFrom("device")
    .select("id")
    .where("id", "=", sql<string>`any(${[...ids]}::bigint[])`)
    .where("user_id", "is", null)
    .where("last_seen_at", "<", before)
    .orderBy("id")
    .forUpdate()
    .skipLocked();
  const result = await db.deleteFrom("device").where("id", "in", unused).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Locks those of the devices that are active, except what other transactions have locked, and returns their ids. */
export async function lockActiveDevices(trx: DatabaseTransaction, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom("device")
    .select("id")
    .where("id", "=", sql<string>`any(${[...ids]}::bigint[])`)
    .where("active", "=", true)
    .orderBy("id")
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(({ id }) => id);
}

/** Makes those of the locked devices inactive on which their user is not signed in, and returns their number. */
export async function deactivateExpired(trx: DatabaseTransaction, ids: readonly string[], now: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update device set active = false, updated_at = ${now}
    where id = any(${[...ids]}::bigint[]) and user_id is not null and not ${isSignedInOnDevice(now)}`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}
