import type { Selectable } from "kysely";
import type { Database } from "../database/connection.ts";
import type { AuditEventTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** An event as stored. */
export type AuditEventRow = Selectable<AuditEventTable> & { readonly id: string };

/** Which events a list has; without a field, those with any. */
export interface EventFilter {
  /** The public id of the user who acted. */
  readonly actor?: string | undefined;
  /** The public id of the account that they are about. */
  readonly user?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
}

/** The events that match the filter, the newest first. */
export async function listEvents(
  db: Database,
  filter: EventFilter,
  page: PageBounds,
): Promise<readonly AuditEventRow[]> {
  return await matching(db, filter).where("id", "<", page.below).orderBy("id", "desc").limit(page.limit).execute();
}

/** The part of an export that begins after an internal id; `"0"` is before the first. */
interface ExportPart {
  readonly after: string;
  readonly limit: number;
}

/** A part of the events that match the filter, the oldest first. */
export async function listEventsAfter(
  db: Database,
  filter: EventFilter,
  { after, limit }: ExportPart,
): Promise<readonly AuditEventRow[]> {
  return await matching(db, filter).where("id", ">", after).orderBy("id").limit(limit).execute();
}

/** The events about an account with one of these actions, the newest first. */
export async function listEventsOfAccount(
  db: Database,
  { account, actions }: { readonly account: string; readonly actions: readonly string[] },
  page: PageBounds,
): Promise<readonly AuditEventRow[]> {
  return await db
    .selectFrom("audit_event")
    .selectAll()
    .where("account_id", "=", account)
    .where("action", "in", [...actions])
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

function matching(db: Database, { actor, user, target, action, from, to }: EventFilter) {
  return db
    .selectFrom("audit_event")
    .selectAll()
    .$if(actor !== undefined, (query) => query.where("actor_id", "=", actor ?? null))
    .$if(user !== undefined, (query) => query.where("account_id", "=", user ?? null))
    .$if(target !== undefined, (query) => query.where("target_id", "=", target ?? ""))
    .$if(action !== undefined, (query) => query.where("action", "=", action ?? ""))
    .$if(from !== undefined, (query) => query.where("at", ">=", from ?? new Date(0)))
    .$if(to !== undefined, (query) => query.where("at", "<", to ?? new Date(0)));
}
