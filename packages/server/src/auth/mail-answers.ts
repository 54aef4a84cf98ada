import { inTransaction } from "../database/index.ts";
import type { SealedMessage } from "../delivery/sealed-message.ts";
import type { Dependencies } from "../dependencies.ts";
import {
  canonicalEmail,
  defaultLocale,
  emailExists,
  findUserByIdentifier,
  lockActiveUser,
  publicIdExists,
} from "../user/index.ts";
import { mailUser } from "./account-mail/index.ts";
import { mailPasswordReset, mailTaken } from "./email/index.ts";
import { type MailRequest, openMailRequest } from "./mail-answer/index.ts";
import { isReservedForUndo, issueLink } from "./one-time-token/index.ts";
import { holdRegistration, type Registration } from "./registration/index.ts";

/** The handler of `mailAnswerJob`: does what was asked for by somebody who was not told whether there is an account. */
export async function sendMailAnswer(deps: Dependencies, payload: SealedMessage): Promise<void> {
  const request = openMailRequest(deps, payload);
  if (request.template === "complete-registration") await answerRegistration(deps, request.account);
  else await sendLink(deps, request);
}

/** To an account that may sign in, and to nobody else. */
async function sendLink(
  deps: Dependencies,
  { template, email }: Exclude<MailRequest, { template: "complete-registration" }>,
): Promise<void> {
  const user = await findUserByIdentifier(deps.db, email);
  if (user === undefined) return;
  await inTransaction(deps.db, async (trx) => {
    if (!(await lockActiveUser(trx, user.id))) return;
    if (template === "reset-password") return await mailPasswordReset(deps, trx, user);
    const link = await issueLink(deps, trx, { userId: user.id, purpose: "magic_link", email: user.email });
    await mailUser(deps, trx, user, { template, ...link });
  });
}

/** Sends the link that makes the account, or tells the owner of the address that it is taken. */
async function answerRegistration(deps: Dependencies, registration: Registration): Promise<void> {
  // A job may run again after it did its work.
  if (await publicIdExists(deps.db, registration.id)) return;
  const { email, locale = defaultLocale } = registration;
  await inTransaction(deps.db, async (trx) => {
    const emailCanonical = canonicalEmail(email);
    const claim = { userId: null, emailCanonical, now: deps.clock.now() };
    const isTaken = (await emailExists(trx, emailCanonical)) || (await isReservedForUndo(trx, claim));
    if (isTaken) await mailTaken(deps, trx, { email, locale });
    else await holdRegistration(deps, trx, registration);
  });
}
