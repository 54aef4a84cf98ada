import type { z } from "zod";
import type { AuditAction } from "../../audit/actions.ts";
import { personalOf } from "../../audit/service.ts";
import { type AuditEventRow, listEventsOfAccount } from "../../audit/store.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database } from "../../database/connection.ts";
import { readPage } from "../../list-page.ts";
import type { Principal } from "../session/actor.ts";
import type { listSecurityEventsInput, listSecurityEventsOutput } from "./schema.ts";

/** The actions that matter to the security of an account. */
const securityActions: readonly AuditAction[] = [
  "user.created",
  "user.email_changed",
  "user.email_verified",
  "user.phone_verified",
  "user.phone_removed",
  "user.roles_changed",
  "password.changed",
  "password.reset",
  "password.removed",
  "email.change_requested",
  "phone.code_requested",
  "session.created",
  "session.revoked",
  "session.reauthenticated",
  "api_key.created",
  "api_key.revoked",
  "device.linked",
  "device.unlinked",
  "device.trusted",
  "identity.linked",
  "identity.unlinked",
  "passkey.added",
  "passkey.removed",
  "passkey.counter_regressed",
  "second_factor.added",
  "second_factor.removed",
  "second_factor.recovery_code_used",
  "second_factor.recovery_codes_replaced",
  "user.second_factor_reset_requested",
  "user.second_factor_reset_canceled",
  "user.second_factors_reset",
];

type SecurityEventPage = z.output<typeof listSecurityEventsOutput>;
type SecurityEvent = SecurityEventPage["items"][number];

/** Lists what happened to the security of the actor's account, the newest first. Throws `INVALID_INPUT` for a foreign cursor. */
export async function listSecurityEvents(
  deps: { readonly db: Database; readonly cursors: CursorCodec },
  { userPublicId: account }: Principal,
  page: z.output<typeof listSecurityEventsInput>,
): Promise<SecurityEventPage> {
  const request = { list: `security-events:${account}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) =>
    listEventsOfAccount(deps.db, { account, actions: securityActions }, bounds),
  );
  return { items: rows.map((row) => toSecurityEvent(row, account)), nextCursor };
}

const untold = { ip: null, userAgent: null, details: {}, changes: {} };

/** Where an administrator calls from, and why, is not the user's to know. */
function toSecurityEvent(row: AuditEventRow, account: string): SecurityEvent {
  const by = actorOf(row, account);
  const { public_id: id, at, action } = row;
  return { id, at, action, by, ...(by === "administrator" ? untold : personalOf(row)) };
}

function actorOf({ actor_kind, actor_id, impersonator_id }: AuditEventRow, account: string): SecurityEvent["by"] {
  if (actor_kind === "system") return "system";
  if (actor_kind === "anonymous") return "somebody";
  return actor_id === account && impersonator_id === null ? "you" : "administrator";
}
