import type { DatabaseTransaction } from "../../database/connection.ts";
import type { Mail } from "../../delivery/email/mail.ts";
import { type MailDeps, sendMail } from "../../delivery/email/service.ts";
import { budgets } from "../../limits/budget.ts";
import { type LimitDeps, type LimitKey, tryConsume } from "../../limits/consume.ts";
import { isVouched } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";

type WithoutRecipient<M> = M extends unknown ? Omit<M, "to" | "locale" | "name"> : never;

/** Any mail, before its recipient is known. */
type MailWithoutRecipient = WithoutRecipient<Mail>;

/** The mails that report what happened to an account, so that its owner notices what they did not do. */
type SecurityNotice = Extract<
  MailWithoutRecipient,
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

/** A recipient who is not greeted by name. */
type Addressee = Pick<UserRow, "email" | "locale">;

/** A recipient with an account of that address. */
type AccountHolder = Addressee & Pick<UserRow, "given_name" | "email_verified_at" | "unvouched">;

/** What sending a security notice needs. */
export type NoticeDeps = MailDeps & LimitDeps;

/**
 * Sends a mail to the user in their language, in the caller's transaction. It greets by name only the holder of a vouched
 * account: in any other the name may be a stranger's message to the reader.
 */
export async function mailUser(
  deps: MailDeps,
  trx: DatabaseTransaction,
  { recipient, content }: { readonly recipient: Addressee | AccountHolder; readonly content: MailWithoutRecipient },
): Promise<void> {
  const { email: to, locale } = recipient;
  const name = "given_name" in recipient && isVouched(recipient) ? recipient.given_name : null;
  await sendMail(deps, trx, { to, locale, name, ...content });
}

/**
 * Tells the owner what happened to the account, if they have proven the address. An unproven address may be a stranger's,
 * who must neither learn of somebody else's sign-ins nor get mails about them. Notices of one kind beyond a day's budget are
 * not sent; an attacker cannot use the budget up unseen, since each notice within it is sent.
 */
export async function sendSecurityNotice(
  deps: NoticeDeps,
  trx: DatabaseTransaction,
  { user, notice }: { readonly user: AccountHolder & Pick<UserRow, "id">; readonly notice: SecurityNotice },
): Promise<void> {
  if (user.email_verified_at === null) return;
  const key = `${user.id} ${notice.template}`;
  // Allowed in a transaction, unlike other budgets: this one is counted in this process, not by a statement of its own.
  if (!(await tryConsume(deps, [{ budget: budgets.securityMailPerUserPerDay, key }]))) return;
  await mailUser(deps, trx, { recipient: user, content: notice });
}

/** Whose call causes a mail. */
interface MailCause {
  /** The caller's address. */
  readonly ip: string;
  /** The caller, where they are signed in. */
  readonly userId?: string;
}

/**
 * The caller's own budgets that a mail counts against. Consume them before the transaction that sends it. The mails to a
 * mailbox are spaced by `auth/notice/throttle.ts`.
 */
export function mailLimitKeys({ ip, userId }: MailCause): readonly LimitKey[] {
  return [
    { budget: budgets.mailPerIpPerHour, key: ip },
    ...(userId === undefined ? [] : [{ budget: budgets.mailPerUserPerDay, key: userId }]),
  ];
}
