import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { listIdentities } from "../../auth/identity/service.ts";
import { mailLink } from "../../auth/notice/mail-link.ts";
import { linksToTheUser } from "../../auth/one-time-token/lifetimes.ts";
import type { LinkDeps } from "../../auth/one-time-token/link.ts";
import { requireMailRedirect } from "../../auth/one-time-token/redirect.ts";
import { dropTokens } from "../../auth/one-time-token/store.ts";
import { dropRecoveries } from "../../auth/password/recovery-store.ts";
import { deletePassword } from "../../auth/password/store.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { type EndSessionDeps, endSessions } from "../../auth/session/end.ts";
import { listSessionsOf } from "../../auth/session/list.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { type MailDeps, requireMail } from "../../delivery/email/service.ts";
import { listDevices } from "../../device/service.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { endHalfSignIns } from "../second-factors.ts";
import { addressOf } from "../service.ts";
import type { UserRow } from "../store.ts";
import type { listOfUserInput, requirePasswordChangeInput } from "./schema.ts";
import { findTarget, lockTarget } from "./target.ts";

interface RevokeDeps extends AuditDeps, AuthorityDeps, EndSessionDeps {
  readonly db: Database;
}

/** Ends every session of a user, at once on every instance, and the trust in their devices. Throws `NOT_FOUND` and `FORBIDDEN`. */
export async function revokeUserSessions(deps: RevokeDeps, actor: RightsHolder, id: string): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    await endSessions(deps, trx, { userId: user.id, reason: "ended_by_operator" });
    await endHalfSignIns(deps, trx, user.id);
    await recordEvent(deps, trx, { action: "user.sessions_revoked", kind: "user", targetId: id });
  });
}

/**
 * Makes a user choose another password: ends the present one, as {@link endPassword} does, and mails a link to choose another.
 * Throws `NOT_FOUND`, `FORBIDDEN`, `EMAIL_NOT_CONFIGURED`, `EMAIL_MISSING` and `REDIRECT_NOT_ALLOWED`.
 */
export async function requirePasswordChange(
  deps: RevokeDeps & LinkDeps & MailDeps & { readonly config: RedirectRules },
  actor: RightsHolder,
  { id, redirectTo: wanted }: z.output<typeof requirePasswordChangeInput>,
): Promise<void> {
  requireMail(deps.config);
  const redirectTo = requireMailRedirect(deps.config, wanted);
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    addressOf(user);
    await endPassword(deps, trx, user);
    await mailLink(deps, trx, { user, template: "password-removed", purpose: "set_password", redirectTo });
  });
}

/**
 * Ends the password of a locked user, their sessions, the trust in their devices, and links and codes that would set another password
 * or sign in.
 */
export async function endPassword(
  deps: AuditDeps & EndSessionDeps,
  trx: DatabaseTransaction,
  { id: userId, public_id: targetId }: UserRow,
): Promise<void> {
  await endSessions(deps, trx, { userId, reason: "password_removed" });
  await deletePassword(trx, userId);
  await dropTokens(trx, userId, linksToTheUser);
  await dropRecoveries(trx, userId);
  await endHalfSignIns(deps, trx, userId);
  await recordEvent(deps, trx, { action: "password.removed", kind: "user", targetId });
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

/** A user's identities at providers, the oldest first. Throws `NOT_FOUND`. */
export async function listUserIdentities(deps: Pick<ListDeps, "db">, id: string) {
  return await listIdentities(deps, ownerOf(await findTarget(deps.db, id)));
}

function ownerOf({ id: userId, public_id: userPublicId }: UserRow): Pick<Principal, "userId" | "userPublicId"> {
  return { userId, userPublicId };
}
