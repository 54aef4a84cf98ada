import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { endSetUp } from "../../auth/email/set-up.ts";
import { mailUser } from "../../auth/notice/service.ts";
import { digestLinkToken, type LinkDeps, makeLinkTo } from "../../auth/one-time-token/link.ts";
import { mailRedirectOf, requireMailRedirect } from "../../auth/one-time-token/redirect.ts";
import type { Actor } from "../../auth/session/actor.ts";
import type { EndSessionDeps } from "../../auth/session/end.ts";
import { lockSession } from "../../auth/session/store.ts";
import { addSeconds, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { keepLastAdmin, publishChange, toUser } from "../service.ts";
import { changeUser, lockUser, type UserRow } from "../store.ts";
import type { deleteAccountInput, undoDeletionOutput } from "./schema.ts";
import { putDeletion, takeDeletion, undoDeletion } from "./store.ts";

/** What leaving needs. */
export interface DeletionDeps extends AuditDeps, Omit<EndSessionDeps, "clock">, Omit<MailDeps, "clock" | "config"> {
  readonly db: Database;
  readonly config: MailDeps["config"] & LinkDeps["config"] & RedirectRules & Pick<Config, "accountRetentionDays">;
}

/**
 * Deactivates the actor's account: every session ends, and only an administrator can let the user sign in again. Throws
 * `LAST_ADMIN`, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function deactivateAccount(deps: DeletionDeps, actor: Actor): Promise<void> {
  await keepLastAdmin(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const user = await lockSignedIn(trx, actor);
      const after = await changeUser(trx, user.id, { status: "deactivated", updated_at: deps.clock.now() });
      if (after === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
      await endSetUp(deps, trx, { user, reason: "logout_all", kinds: ["sessions"] });
      await recordEvent(deps, trx, { action: "user.deactivated", kind: "user", targetId: user.public_id });
      await publishChange(deps, trx, { before: user, after });
    }),
  );
}

/**
 * Deletes the actor's account: it is out of use at once, and erased after `ACCOUNT_RETENTION_DAYS`. Until then the link of a
 * mail to a proven address restores it. API keys are revoked, and all other links but those that undo a change of address end:
 * a thief may have made that change and this call. Throws what {@link deactivateAccount} throws, and `REDIRECT_NOT_ALLOWED`.
 */
export async function deleteAccount(
  deps: DeletionDeps,
  actor: Actor,
  { redirectTo: wanted }: z.output<typeof deleteAccountInput>,
): Promise<void> {
  const redirectTo = requireMailRedirect(deps.config, wanted);
  const now = deps.clock.now();
  await keepLastAdmin(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const user = await lockSignedIn(trx, actor);
      await endSetUp(deps, trx, {
        user,
        reason: "logout_all",
        kinds: ["apiKeys", "pendingChanges", "links", "sessions"],
      });
      await changeUser(trx, user.id, { deleted_at: now, updated_at: now });
      await mailUndo(deps, trx, { user, deletedAt: now, redirectTo });
      await recordEvent(deps, trx, { action: "user.deleted", kind: "user", targetId: user.public_id });
      await publishEvent(deps, trx, { type: "user.deleted", data: toUser(user, deps.config) });
    }),
  );
}

/**
 * Restores the account that its user deleted, by the token of a mail, and returns where the deletion wanted the page to lead.
 * Sessions and API keys stay ended. Throws `RESTORATION_TOKEN_INVALID`.
 */
export async function restoreByLink(
  deps: Pick<DeletionDeps, "db" | "call" | "config"> & EventDeps,
  token: string,
): Promise<z.output<typeof undoDeletionOutput>> {
  const now = deps.clock.now();
  const digest = digestLinkToken(token);
  return await inTransaction(deps.db, async (trx) => {
    const after = addSeconds(now, -deps.config.accountRetentionDays * daySeconds);
    const user = digest && (await undoDeletion(trx, { digest, after, now }));
    if (user === undefined) throw new GatehouseError("RESTORATION_TOKEN_INVALID");
    const undone = await takeDeletion(trx, user.id);
    const actor = { kind: "user", id: user.public_id } as const;
    await recordEvent(deps, trx, { action: "user.restored", kind: "user", targetId: user.public_id, actor });
    await publishEvent(deps, trx, { type: "user.updated", data: toUser(user, deps.config) });
    return { redirectTo: mailRedirectOf(deps.config, undone?.redirect_to) };
  });
}

async function lockSignedIn(trx: DatabaseTransaction, { userId, session }: Actor): Promise<UserRow> {
  const user = await lockUser(trx, userId);
  const isSignedIn = user?.status === "active" && (await lockSession(trx, session.id));
  if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return user;
}

interface Deletion {
  readonly user: UserRow;
  readonly deletedAt: Date;
  /** Where the page behind the mail's link leads; checked. */
  readonly redirectTo: string | undefined;
}

/** An unproven address may be a stranger's, who must not get somebody's account by a mail that they did not ask for. */
async function mailUndo(
  deps: DeletionDeps,
  trx: DatabaseTransaction,
  { user, deletedAt, redirectTo }: Deletion,
): Promise<void> {
  if (user.email_verified_at === null) return;
  const minutes = (deps.config.accountRetentionDays * daySeconds) / 60;
  const { url, validForMinutes, digest } = makeLinkTo(deps, "restore-account", minutes);
  await putDeletion(trx, { user_id: user.id, deleted_at: deletedAt, digest, redirect_to: redirectTo ?? null });
  await mailUser(deps, trx, { recipient: user, content: { template: "account-deleted", url, validForMinutes } });
}
