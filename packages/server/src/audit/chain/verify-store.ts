import { sql } from "kysely";
import type { Database } from "../../database/connection.ts";
import type { LinkedEvent } from "./digest.ts";
import { linkedTexts } from "./store.ts";

/** The months that have links, the oldest first. Looks at one row of each. */
export async function listLinkedMonths(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ month: string }>`
    with recursive linked (month) as (
      select min(month) from audit_link
      union all
      select (select min(month) from audit_link where month > linked.month) from linked where linked.month is not null
    )
    select month::text from linked where month is not null order by month`.execute(db);
  return rows.map(({ month }) => month);
}

/** A link with the event that it is about, if that is still there. */
export interface StoredLink {
  readonly position: string;
  readonly event_id: string;
  readonly salt: Uint8Array | null;
  readonly commitment: Uint8Array;
  readonly digest: Uint8Array;
  readonly event: LinkedEvent | null;
}

interface MonthPart {
  readonly month: string;
  /** The position, or the id of the event, after which the part begins; `"0"` is before the first. */
  readonly after: string;
  readonly limit: number;
}

/** A part of a month's links with their events, in their order. */
export async function listLinks(db: Database, { month, after, limit }: MonthPart): Promise<readonly StoredLink[]> {
  const { rows } = await sql<StoredLink>`
    select link.position::text, link.event_id::text, link.salt, link.commitment, link.digest, to_json(found) as event
    from audit_link link left join lateral (
      select ${linkedTexts()} from audit_event event
      where event.id = link.event_id
        and event.at >= ${month}::timestamp at time zone 'UTC'
        and event.at < (${month}::timestamp + interval '1 month') at time zone 'UTC'
    ) as found on true
    where link.month = ${month}::date and link.position > ${after}
    order by link.position limit ${limit}`.execute(db);
  return rows;
}

/** An event as findings name it. */
export interface NamedEvent {
  readonly id: string;
  readonly public_id: string;
}

/** The events of a month that have no link although their transactions are linked. */
export async function listUnlinkedOf(db: Database, { month, after, limit }: MonthPart): Promise<readonly NamedEvent[]> {
  const { rows } = await sql<NamedEvent>`
    select event.id::text, event.public_id::text
    from audit_event event
    where event.at >= ${month}::timestamp at time zone 'UTC'
      and event.at < (${month}::timestamp + interval '1 month') at time zone 'UTC'
      and event.id > ${after}
      and event.transaction_id < (select horizon from audit_chain)
      and not exists (select from audit_link link where link.month = ${month}::date and link.event_id = event.id)
    order by event.id limit ${limit}`.execute(db);
  return rows;
}

/** The digest of the link at this place, and the last position of its month. */
export async function findLinkAt(db: Database, month: string, position: string) {
  const { rows } = await sql<{ digest: Uint8Array | null; last: string | null }>`
    select
      (select digest from audit_link where month = ${month}::date and position = ${position}) as digest,
      (select max(position) from audit_link where month = ${month}::date)::text as last`.execute(db);
  return rows[0] ?? { digest: null, last: null };
}

/** The proofs in events that say that the month was dropped because it was older than the retention time. */
export async function listDropProofs(db: Database, month: string): Promise<readonly string[]> {
  const { rows } = await sql<{ proof: string }>`
    select personal -> 'details' ->> 'proof' as proof from audit_event
    where target_id = ${month} and action = 'audit_log.month_dropped' and actor_kind = 'system'
      and personal -> 'details' ->> 'proof' is not null`.execute(db);
  return rows.map(({ proof }) => proof);
}
