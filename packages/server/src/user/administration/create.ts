import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { mailUser } from "../../auth/notice/service.ts";
import { issueLink, type LinkDeps } from "../../auth/one-time-token/link.ts";
import { assertEmailNotReserved } from "../../auth/registration/create-account.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { type MailDeps, requireMail } from "../../delivery/email/service.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { createUser, mapUniqueViolation, toUser } from "../service.ts";
import { type ManagedUser, toManagedUser } from "./list.ts";
import type { createUserInput } from "./schema.ts";

/** What an invitation needs. */
type InviteDeps = AuditDeps & EventDeps & LinkDeps & MailDeps & { readonly db: Database };

/**
 * Creates an account without a password, and mails its owner a link to choose one, which proves the address. Until then nobody
 * can sign in. Throws `EMAIL_TAKEN`, `USERNAME_TAKEN` and `EMAIL_NOT_CONFIGURED`.
 */
export async function inviteUser(deps: InviteDeps, input: z.output<typeof createUserInput>): Promise<ManagedUser> {
  requireMail(deps.config);
  return await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const user = await createUser(deps, trx, input);
      await assertEmailNotReserved(deps, trx, { userId: user.id, email: user.email });
      const link = await issueLink(deps, trx, { userId: user.id, purpose: "set_password", email: user.email });
      await mailUser(deps, trx, { recipient: user, content: { template: "invitation", ...link } });
      await recordEvent(deps, trx, { action: "user.created", kind: "user", targetId: user.public_id });
      await publishEvent(deps, trx, { type: "user.created", data: toUser(user, deps.config) });
      return toManagedUser(user, deps.config);
    }),
  );
}
