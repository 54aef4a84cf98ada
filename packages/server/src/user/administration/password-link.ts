import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { issueLink, type LinkDeps } from "../../auth/one-time-token/link.ts";
import type { EndSessionDeps } from "../../auth/session/end.ts";
import { addSeconds } from "../../clock.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { isAnonymous } from "../anonymous.ts";
import type { UserRow } from "../store.ts";
import type { passwordLinkSchema } from "./schema.ts";
import { endPassword } from "./sessions.ts";
import { lockTarget } from "./target.ts";

/** A link that an operator passes on. */
export type PasswordLink = z.output<typeof passwordLinkSchema>;

type PasswordLinkDeps = AuditDeps & AuthorityDeps & EndSessionDeps & LinkDeps & { readonly db: Database };

/**
 * Helps the user of an account without an address back in: ends the password, the sessions and earlier links, since somebody else
 * may have them, and returns a link to choose another password. Throws `NOT_FOUND`, `FORBIDDEN`, `EMAIL_PRESENT` for an
 * account whose owner is sent mail, and `ANONYMOUS_ACCOUNT` for one that no password signs in to.
 */
export async function createPasswordLink(
  deps: PasswordLinkDeps,
  actor: RightsHolder,
  id: string,
): Promise<PasswordLink> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    if (user.email !== null) throw new GatehouseError("EMAIL_PRESENT");
    // It would lose its only session, and has no identifier to sign in with.
    if (isAnonymous(user)) throw new GatehouseError("ANONYMOUS_ACCOUNT");
    await endPassword(deps, trx, user);
    return await issuePasswordLink(deps, trx, user);
  });
}

interface LinkOwner extends Pick<UserRow, "id" | "public_id" | "email"> {
  /** Where the page behind the link leads; checked. */
  readonly redirectTo?: string | undefined;
}

/** Issues the link of a user, whose address it proves if there is one, and records that an operator was given it. */
export async function issuePasswordLink(
  deps: AuditDeps & LinkDeps,
  trx: DatabaseTransaction,
  { id: userId, public_id: targetId, email, redirectTo }: LinkOwner,
): Promise<PasswordLink> {
  const { url, validForMinutes } = await issueLink(deps, trx, { userId, purpose: "set_password", email, redirectTo });
  await recordEvent(deps, trx, { action: "password.link_created", kind: "user", targetId });
  return { url, expiresAt: addSeconds(deps.clock.now(), validForMinutes * 60) };
}
