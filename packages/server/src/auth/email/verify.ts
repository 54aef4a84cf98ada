import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { mailbox } from "../../user/canonical.ts";
import { mapUniqueViolation } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { mailUser } from "../notice/service.ts";
import { linksToTheUser } from "../one-time-token/lifetimes.ts";
import { issueLink, redeemLink } from "../one-time-token/link.ts";
import { dropTokens, type OneTimeTokenRow } from "../one-time-token/store.ts";
import { assertEmailNotReserved } from "../registration/create-account.ts";
import { completeRegistration } from "../registration/service.ts";
import type { Actor } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import { type Account, proveEmail } from "./prove.ts";
import type { verifyEmailInput } from "./schema.ts";
import { type EmailDeps, mailPasswordReset } from "./service.ts";

/** A link that was opened, with the answer of its reader. */
interface OpenedLink extends z.output<typeof verifyEmailInput> {
  /** The user who is signed in where the link was opened, perhaps to another account. */
  readonly reader: Actor | undefined;
}

/** The reader's answer about who set the account up, or who asked for the change of address. */
type Answer = Exclude<Account, "taken_over">;

/**
 * Proves an address by a link: the address of an account, or a new one, which replaces the old one. The link of a pending
 * registration creates the account. The reader's answer about who made the request decides what else ends. A change of address
 * requires that answer, unless the reader is signed in to the account: without it, the call throws `INVALID_INPUT` and the
 * link still works. Throws `EMAIL_TOKEN_INVALID`, and `EMAIL_TAKEN` if another account has taken the address meanwhile.
 */
export async function verifyByLink(anonymous: EmailDeps, { token, requestedBy, reader }: OpenedLink): Promise<void> {
  const deps = reader === undefined ? anonymous : inNameOf(anonymous, reader.userPublicId);
  if (await completeRegistration(deps, { token, requestedBy })) return;
  const purposes = ["verify_email", "confirm_email_change"] as const;
  await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const { link, user } = await redeemLink(deps, trx, { token, purposes, refusal: "EMAIL_TOKEN_INVALID" });
      const account = requestedBy === undefined ? await answerOf(trx, user, reader) : answers[requestedBy];
      if (link.purpose === "confirm_email_change") await moveTo(deps, trx, { user, link, account });
      else await verify(deps, trx, { user, link, account });
    }),
  );
}

const answers = { me: "vouched", somebody_else: "disowned" } as const;

/** A reader of the account's mail who is also signed in to the account vouches for it. */
async function answerOf(trx: DatabaseTransaction, user: UserRow, reader: Actor | undefined): Promise<Answer> {
  const isTheirs = reader?.userId === user.id && (await lockSession(trx, reader.session.id));
  return isTheirs ? "vouched" : "unknown";
}

/** A link that was redeemed, the user it was sent to, and its reader's answer. Further mails lead where the link does. */
interface Opened {
  readonly user: UserRow;
  readonly link: OneTimeTokenRow;
  readonly account: Answer;
}

async function verify(deps: EmailDeps, trx: DatabaseTransaction, { user, link, account }: Opened): Promise<void> {
  const proven = await proveEmail(deps, trx, { user, account });
  if (account === "disowned") await mailPasswordReset(deps, trx, proven, link.redirect_to ?? undefined);
}

const unanswered = {
  path: "requestedBy",
  message: "Required for a change of address: me or somebody_else, as the reader says",
};

/**
 * Changes the address. A reader who did not ask for the change ends the request, and the account keeps its address. After a
 * change, the old address is sent the link to undo it, if it was ever proven; an unproven one may be a stranger's.
 *
 * A change requires an answer, so that nobody is given an account unasked: for a week the holder of the old address can take
 * it back, with everything that the reader put into it.
 */
async function moveTo(deps: EmailDeps, trx: DatabaseTransaction, { user, link, account }: Opened): Promise<void> {
  const { target: email, redirect_to } = link;
  if (account === "disowned") return;
  if (account === "unknown") throw new GatehouseError("INVALID_INPUT", { errors: [unanswered] });
  await proveEmail(deps, trx, { user, account, email });
  await assertEmailNotReserved(deps, trx, { userId: user.id, email });
  await dropTokens(trx, user.id, linksToTheUser);
  const { email: former, email_verified_at: provenAt } = user;
  if (former === null || provenAt === null || mailbox(email) === mailbox(former)) return;
  const redirectTo = redirect_to ?? undefined;
  const undo = await issueLink(deps, trx, { userId: user.id, purpose: "undo_email_change", email: former, redirectTo });
  const { url: undoUrl, validForMinutes } = undo;
  await mailUser(deps, trx, {
    recipient: user,
    content: { template: "email-changed", newEmail: email, undoUrl, validForMinutes },
  });
}
