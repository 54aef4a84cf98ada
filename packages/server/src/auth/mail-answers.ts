import { inTransaction } from "../database/index.ts";
import type { SealedMessage } from "../delivery/sealed-message.ts";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { findUserByIdentifier, lockActiveUser, type NewUser, publicIdExists, throwTaken } from "../user/index.ts";
import { createAccount } from "./account/index.ts";
import { mailUser } from "./account-mail/index.ts";
import { mailPasswordReset, mailTaken } from "./email/index.ts";
import { type MailRequest, openMailRequest } from "./mail-answer/index.ts";
import { issueLink } from "./one-time-token/index.ts";

type Registration = Extract<MailRequest, { template: "complete-registration" }>["account"];

/** The handler of `mailAnswerJob`: does what was asked for by somebody who was not told whether there is an account. */
export async function sendMailAnswer(deps: Dependencies, payload: SealedMessage): Promise<void> {
  const request = openMailRequest(deps, payload);
  if (request.template === "complete-registration") await completeRegistration(deps, request.account);
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

/**
 * Adds the account and sends its owner the link, or tells the owner of the address that it is taken. A username that was
 * taken meanwhile is left out, since nobody waits for an answer any more; the owner can choose another.
 */
async function completeRegistration(deps: Dependencies, registration: Registration): Promise<void> {
  // A job may run again after it did its work.
  if (await publicIdExists(deps.db, registration.id)) return;
  const { email, locale = "en" } = registration;
  try {
    await throwTaken(() => addAccount(deps, registration));
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    if (error.code === "USERNAME_TAKEN") await completeRegistration(deps, { ...registration, username: undefined });
    else if (error.code === "EMAIL_TAKEN")
      await inTransaction(deps.db, (trx) => mailTaken(deps, trx, { email, locale }));
    else throw error;
  }
}

async function addAccount(deps: Dependencies, { passwordHash, ...given }: Registration): Promise<void> {
  const user: NewUser = given;
  await inTransaction(deps.db, async (trx) => {
    const row = await createAccount(deps, trx, { user, passwordHash });
    const link = await issueLink(deps, trx, { userId: row.id, purpose: "complete_registration", email: row.email });
    await mailUser(deps, trx, row, { template: "complete-registration", ...link });
  });
}
