import { type Insertable, type RawBuilder, sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { AuditEventTable } from "../database/tables.gen.ts";

/** The columns of an event, apart from its ids and its target. */
export type EventColumns = Required<
  Omit<Insertable<AuditEventTable>, "id" | "public_id" | "target_id" | "transaction_id" | "personal">
> & {
  /** JSON. */
  readonly personal: string;
};

/** Inserts an event for each target. */
export async function insertEvents(
  trx: DatabaseTransaction,
  columns: EventColumns,
  targetIds: readonly string[],
): Promise<void> {
  const from = sql`unnest(${[...targetIds]}::text[]) as target (id)`;
  await sql`${writeEvents(columns, { targetId: sql`target.id`, from })}`.execute(trx);
}

/** Where the targets of events come from, in a statement that also makes the change. */
interface EventSource {
  /** The target's public id or name, as an expression on `from`. */
  readonly targetId: RawBuilder<unknown>;
  /** The public id of the account that the event is about, like the target. Default: the account in the columns. */
  readonly accountId?: RawBuilder<unknown>;
  readonly from: RawBuilder<unknown>;
}

/** The part of a statement that inserts an event for each row of the source. */
export function writeEvents(columns: EventColumns, { targetId, accountId, from }: EventSource): RawBuilder<unknown> {
  const { personal, account_id, ...others } = columns;
  const account = accountId ?? (columns.target_kind === "user" ? targetId : sql`${account_id}`);
  const names = Object.keys(others).map((name) => sql.ref(name));
  return sql`
    insert into audit_event (${sql.join(names)}, personal, account_id, target_id)
    select ${sql.join(Object.values(others))}, ${personal}::jsonb, ${account}::uuid, ${targetId}::text from ${from}`;
}
