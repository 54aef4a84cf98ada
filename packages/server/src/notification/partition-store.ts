import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";

/**
 * Creates the partition of a month, unless there is one. Deliveries of the month in the default partition move into it. The ledger is
 * locked before its partitions, as by every statement about it, or the two would deadlock.
 */
export async function createPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  const { rows } = await sql<{ is_there: boolean }>`
    select to_regclass(${nameOf(month)}) is not null as is_there`.execute(trx);
  if (rows[0]?.is_there === true) return;
  await sql`lock table only notification_delivery in access exclusive mode`.execute(trx);
  await sql`select create_notification_partition(${month}::date)`.execute(trx);
}

function nameOf(month: string): string {
  return `notification_delivery_${month.slice(0, 7).replace("-", "_")}`;
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
  await sql`drop table if exists ${sql.table(nameOf(month))}`.execute(trx);
}
