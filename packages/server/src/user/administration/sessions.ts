import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { mailUser } from "../../auth/notice/service.ts";
import { linksToTheUser } from "../../auth/one-time-token/lifetimes.ts";
import { issueLink, type LinkDeps } from "../../auth/one-time-token/link.ts";
import { dropTokens } from "../../auth/one-time-token/store.ts";
import { deletePassword } from "../../auth/password/store.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { type EndSessionDeps, endSessions } from "../../auth/session/end.ts";
import { listSessionsOf } from "../../auth/session/list.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { type MailDeps, requireMail } from "../../delivery/email/service.ts";
import { listDevices } from "../../device/service.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { UserRow } from "../store.ts";
import type { listOfUserInput } from "./schema.ts";
import { findTarget, lockTarget } from "./target.ts";

interface RevokeDeps extends AuditDeps, AuthorityDeps, EndSessionDeps {
  readonly db: Database;
}

/** Ends every session of a user, at once on every instance. Throws `NOT_FOUND` and `FORBIDDEN`. */
export async function revokeUserSessions(deps: RevokeDeps, actor: Principal, id: string): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    await endSessions(deps, trx, { userId: user.id, reason: "ended_by_operator" });
    await recordEvent(deps, trx, { action: "user.sessions_revoked", kind: "user", targetId: id });
  });
}

/**
 * Makes a user choose another password: removes the present one, ends their sessions and earlier links, and mails a link to
 * choose another. Throws `NOT_FOUND`, `FORBIDDEN` and `EMAIL_NOT_CONFIGURED`.
 */
export async function requirePasswordChange(
  deps: RevokeDeps & LinkDeps & MailDeps,
  actor: Principal,
  id: string,
): Promise<void> {
  requireMail(deps.config);
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    await endSessions(deps, trx, { userId: user.id, reason: "password_removed" });
    await deletePassword(trx, user.id);
    await dropTokens(trx, user.id, linksToTheUser);
    const link = await issueLink(deps, trx, { userId: user.id, purpose: "set_password", email: user.email });
    await mailUser(deps, trx, { recipient: user, content: { template: "password-removed", ...link } });
    await recordEvent(deps, trx, { action: "password.removed", kind: "user", targetId: id });
  });
}

interface ListDeps extends Pick<EndSessionDeps, "clock"> {
  readonly db: Database;
  readonly cursors: CursorCodec;
}

/** A user's live sessions, the newest sign-in first. Throws `NOT_FOUND`, and `INVALID_INPUT` for a foreign cursor. */
export async function listUserSessions(deps: ListDeps, { id, ...page }: z.output<typeof listOfUserInput>) {
  return await listSessionsOf(deps, ownerOf(await findTarget(deps.db, id)), page);
}

/** A user's devices, the newest first. Throws `NOT_FOUND`, and `INVALID_INPUT` for a foreign cursor. */
export async function listUserDevices(deps: ListDeps, { id, ...page }: z.output<typeof listOfUserInput>) {
  return await listDevices(deps, ownerOf(await findTarget(deps.db, id)), page);
}

function ownerOf({ id: userId, public_id: userPublicId }: UserRow): Pick<Principal, "userId" | "userPublicId"> {
  return { userId, userPublicId };
}
