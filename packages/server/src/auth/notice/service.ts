import type { DatabaseTransaction } from "../../database/connection.ts";
import type { Mail } from "../../delivery/email/mail.ts";
import { type MailDeps, sendMail } from "../../delivery/email/service.ts";
import { budgets } from "../../limits/budget.ts";
import { type LimitDeps, tryConsume } from "../../limits/consume.ts";
import { isVouched } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";

type WithoutRecipient<M> = M extends unknown ? Omit<M, "to" | "locale" | "name"> : never;

/** The content of a mail, without its recipient. */
type MailContent = WithoutRecipient<Mail>;

/** The mails that tell what happened to an account: its owner may see in them what they did not do. */
type Warning = Extract<
  MailContent,
  {
    template:
      | "new-sign-in"
      | "password-changed"
      | "second-factor-changed"
      | "token-reused"
      | "email-change-requested"
      | "phone-changed"
      | "api-key-created";
  }
>;

/** Somebody with an address, who is greeted by no name. */
type Addressee = Pick<UserRow, "email" | "locale">;

/** The same with an account of that address. */
type AccountHolder = Addressee & Pick<UserRow, "given_name" | "email_verified_at" | "unvouched">;

/** Whose mail it is. */
type Recipient = Addressee | AccountHolder;

/** What telling an owner needs. */
export type NoticeDeps = MailDeps & LimitDeps;

/**
 * Sends a mail to the user in the caller's transaction, in their language. By name it greets the holder of an account that is
 * known to be theirs alone: in any other the name may be a stranger's message to the reader.
 */
export async function mailUser(
  deps: MailDeps,
  trx: DatabaseTransaction,
  recipient: Recipient,
  content: MailContent,
): Promise<void> {
  const { email: to, locale } = recipient;
  const name = "given_name" in recipient && isVouched(recipient) ? recipient.given_name : null;
  await sendMail(deps, trx, { to, locale, name, ...content });
}

/**
 * Tells the owner what happened to the account, where they have proven the address. One that nobody proved may be a
 * stranger's: they must neither learn of somebody else's sign-ins nor have their mailbox filled by them. Of a day's
 * warnings of one kind those beyond a budget are left out, which nobody can use up unseen.
 */
export async function sendSecurityNotice(
  deps: NoticeDeps,
  trx: DatabaseTransaction,
  user: AccountHolder & Pick<UserRow, "id">,
  warning: Warning,
): Promise<void> {
  if (user.email_verified_at === null) return;
  const key = `${user.id} ${warning.template}`;
  if (!(await tryConsume(deps, [{ budget: budgets.securityMailPerUserPerDay, key }]))) return;
  await mailUser(deps, trx, user, warning);
}
