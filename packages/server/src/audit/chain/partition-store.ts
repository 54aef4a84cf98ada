import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";

/** Creates the partition of a month, unless there is one. Rows of the month in the default partition move into it. */
export async function createPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  await sql`select create_audit_partition(${month}::date)`.execute(trx);
}

/** The months of which the default partition has rows. */
export async function listDefaultMonths(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ month: string }>`
    select distinct date_trunc('month', at at time zone 'UTC')::date::text as month from audit_event_default
    order by 1`.execute(db);
  return rows.map(({ month }) => month);
}

/** The months that have a partition, the oldest first. */
export async function listPartitionMonths(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ month: string }>`
    select to_date(right(child.relname, 7), 'YYYY_MM')::text as month
    from pg_inherits join pg_class child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'audit_event'::regclass and child.relname ~ '^audit_event_\\d{4}_\\d{2}$'
    order by 1`.execute(db);
  return rows.map(({ month }) => month);
}

/** Drops the events and the links of a month. */
export async function dropPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  const suffix = month.slice(0, 7).replace("-", "_");
  await sql`drop table if exists ${sql.table(`audit_event_${suffix}`)}, ${sql.table(`audit_link_${suffix}`)}`.execute(
    trx,
  );
}
