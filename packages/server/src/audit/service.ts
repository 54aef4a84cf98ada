import { z } from "zod";
import type { CursorCodec } from "../crypto/cursor.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { readPage } from "../list-page.ts";
import type { AuditDeps } from "./call.ts";
import { recordEvent } from "./record.ts";
import {
  type auditFilterSchema,
  type listAuditEventsInput,
  type listAuditEventsOutput,
  personalFields,
} from "./schema.ts";
import { type AuditEventRow, type EventFilter, listEvents, listEventsAfter } from "./store.ts";

/** What reading the audit log needs. */
interface AuditReadDeps {
  readonly db: Database;
  readonly cursors: CursorCodec;
}

type AuditPage = z.output<typeof listAuditEventsOutput>;

/** An event as operators see it. */
export type AuditEventView = AuditPage["items"][number];

/** Lists the events that match, the newest first. Throws `INVALID_INPUT` for a cursor of another list or of other filters. */
export async function listAuditEvents(
  deps: AuditReadDeps,
  { cursor, limit, ...filter }: z.output<typeof listAuditEventsInput>,
): Promise<AuditPage> {
  const request = { list: `audit-events:${JSON.stringify(filter)}`, cursor, limit };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listEvents(deps.db, toFilter(filter), bounds));
  return { items: rows.map(toAuditEvent), nextCursor };
}

/** How many events an export reads at once. */
const exportPageSize = 500;

/** Records that the caller exports the events that match. */
export async function recordAuditExport(
  deps: AuditDeps & Pick<AuditReadDeps, "db">,
  filter: z.output<typeof auditFilterSchema>,
): Promise<void> {
  const given = Object.entries(filter).filter((field): field is [string, string] => field[1] !== undefined);
  const details = Object.fromEntries(given);
  await inTransaction(deps.db, (trx) =>
    recordEvent(deps, trx, { action: "audit_log.exported", kind: "audit_log", targetId: "audit_log", details }),
  );
}

/**
 * Reads all events that match, the oldest first. Memory does not grow with their number. `beforePart` is called before each
 * part is read, and ends the export by throwing.
 */
export async function* exportAuditEvents(
  { db }: Pick<AuditReadDeps, "db">,
  filter: z.output<typeof auditFilterSchema>,
  beforePart: () => Promise<void> = async () => undefined,
): AsyncGenerator<AuditEventView> {
  let after = "0";
  let rows: readonly AuditEventRow[];
  do {
    await beforePart();
    rows = await listEventsAfter(db, toFilter(filter), { after, limit: exportPageSize });
    for (const row of rows) yield toAuditEvent(row);
    after = rows.at(-1)?.id ?? after;
  } while (rows.length === exportPageSize);
}

function toFilter({ from, to, ...filter }: z.output<typeof auditFilterSchema>): EventFilter {
  return {
    ...filter,
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}

const storedPersonal = z.object(personalFields).partial();

/** The personal part of an event; a field that was erased is missing. */
export function personalOf({ personal }: Pick<AuditEventRow, "personal">) {
  const { ip = null, userAgent = null, details = {}, changes = {} } = storedPersonal.parse(personal);
  return { ip, userAgent, details, changes };
}

function toAuditEvent(row: AuditEventRow): AuditEventView {
  return {
    id: row.public_id,
    at: row.at,
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id },
    impersonatorId: row.impersonator_id,
    apiKeyId: row.api_key_id,
    target: { kind: row.target_kind, id: row.target_id },
    userId: row.account_id,
    requestId: row.request_id,
    ...personalOf(row),
  };
}
