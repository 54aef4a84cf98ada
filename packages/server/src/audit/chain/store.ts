import { type RawBuilder, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { LinkedEvent } from "./digest.ts";

/** The columns that a link covers, as the texts that it covers. */
export function linkedTexts(): RawBuilder<unknown> {
  return sql`
    event.id::text as id, event.public_id::text as public_id,
    to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
    event.action, event.actor_kind, event.actor_id::text as actor_id, event.impersonator_id::text as impersonator_id,
    event.api_key_id::text as api_key_id, event.account_id::text as account_id, event.target_kind, event.target_id,
    event.request_id, event.personal::text as personal`;
}

/** The month of an event's time, as links name it. */
const monthOf = sql`date_trunc('month', event.at at time zone 'UTC')::date`;

/** How far the chain is, and which transactions are over; numbers of transactions, as texts. */
export interface ChainState {
  /** All events of transactions before this one are linked. */
  readonly horizon: string;
  /** All transactions before this one are over. */
  readonly xmin: string;
  /** No transaction has this number yet. */
  readonly xmax: string;
}

/** Reads how far the chain is, and locks it until the transaction ends: one process links at a time. */
export async function lockChain(trx: DatabaseTransaction): Promise<ChainState> {
  const { rows } = await sql<ChainState>`
    select horizon::text, pg_snapshot_xmin(pg_current_snapshot())::text as xmin,
      pg_snapshot_xmax(pg_current_snapshot())::text as xmax
    from audit_chain for update`.execute(trx);
  const [state] = rows;
  if (state === undefined) throw new Error("The table audit_chain has one row");
  return state;
}

/** Stores how far the chain is. */
export async function moveHorizon(trx: DatabaseTransaction, horizon: string): Promise<void> {
  await trx.updateTable("audit_chain").set({ horizon }).execute();
}

/** An event that has no link yet. */
export interface UnlinkedEvent extends LinkedEvent {
  readonly month: string;
  readonly transaction_id: string;
}

interface UnlinkedQuery {
  readonly from: string;
  readonly below: string;
  /** Events of transactions from this one on are taken too: they come from another cluster, by a restored backup. */
  readonly orFrom: string | undefined;
  readonly limit: number;
}

/** The events of these transactions without a link, in the order of their transactions. */
export async function listUnlinked(
  db: Database,
  { from, below, orFrom, limit }: UnlinkedQuery,
): Promise<readonly UnlinkedEvent[]> {
  const foreign = orFrom === undefined ? sql`` : sql`or event.transaction_id >= ${orFrom}::xid8`;
  const { rows } = await sql<UnlinkedEvent>`
    select ${linkedTexts()}, ${monthOf}::text as month, event.transaction_id::text as transaction_id
    from audit_event event
    where (event.transaction_id >= ${from}::xid8 and event.transaction_id < ${below}::xid8 ${foreign})
      and not exists (select from audit_link link where link.month = ${monthOf} and link.event_id = event.id)
    order by event.transaction_id, event.id limit ${limit}`.execute(db);
  return rows;
}

/** The newest link of a month. */
export interface ChainHead {
  readonly month: string;
  readonly position: string;
  readonly digest: Uint8Array;
}

/** The newest link of the month. Its order names the table, as the output of the same name is a text, in which 9 follows 10. */
export async function findHead(db: Database, month: string): Promise<ChainHead | undefined> {
  const { rows } = await sql<ChainHead>`
    select month::text, position::text, digest from audit_link where month = ${month}::date
    order by audit_link.position desc limit 1`.execute(db);
  return rows[0];
}

/** The newest link of each month. Looks at one row of each month. */
export async function listHeads(db: Database): Promise<readonly ChainHead[]> {
  const { rows } = await sql<ChainHead>`
    with recursive linked (month) as (
      select min(month) from audit_link
      union all
      select (select min(month) from audit_link where month > linked.month) from linked where linked.month is not null
    )
    select head.* from linked cross join lateral (
      select month::text, position::text, digest from audit_link where month = linked.month
      order by audit_link.position desc limit 1
    ) head
    where linked.month is not null order by head.month`.execute(db);
  return rows;
}

/** A link that is to be stored. */
export interface NewLink extends ChainHead {
  readonly eventId: string;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
}

/** Stores links; their months must have partitions. */
export async function insertLinks(trx: DatabaseTransaction, links: readonly NewLink[]): Promise<void> {
  await sql`
    insert into audit_link (month, position, event_id, salt, commitment, digest)
    select * from unnest(
      ${links.map(({ month }) => month)}::date[],
      ${links.map(({ position }) => position)}::bigint[],
      ${links.map(({ eventId }) => eventId)}::bigint[],
      ${links.map(({ salt }) => Buffer.from(salt))}::bytea[],
      ${links.map(({ commitment }) => Buffer.from(commitment))}::bytea[],
      ${links.map(({ digest }) => Buffer.from(digest))}::bytea[]
    )`.execute(trx);
}

/** Creates the partition of a month's links, unless there is one. */
export async function createLinkPartition(trx: DatabaseTransaction, month: string): Promise<void> {
  await sql`select create_audit_link_partition(${month}::date)`.execute(trx);
}
