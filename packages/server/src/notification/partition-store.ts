import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";

/** Creates the partition of a month, unless there is one. Deliveries of the month in the default partition move into it. */
export async function createPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  await sql`select create_notification_partition(${month}::date)`.execute(trx);
}

/** The months of which the default partition has deliveries, as `2030-01-01`. */
export async function listDefaultMonths(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ month: string }>`
    select distinct date_trunc('month', day)::date::text as month from notification_delivery_default order by 1`.execute(
    db,
  );
  return rows.map(({ month }) => month);
}

/** The months that have a partition, the oldest first. */
export async function listPartitionMonths(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ month: string }>`
    select to_date(right(child.relname, 7), 'YYYY_MM')::text as month
    from pg_inherits join pg_class child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'notification_delivery'::regclass
      and child.relname ~ '^notification_delivery_\\d{4}_\\d{2}$'
    order by 1`.execute(db);
  return rows.map(({ month }) => month);
}

/** Drops the deliveries of a month. */
export async function dropPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  const suffix = month.slice(0, 7).replace("-", "_");
  await sql`drop table if exists ${sql.table(`notification_delivery_${suffix}`)}`.execute(trx);
}
