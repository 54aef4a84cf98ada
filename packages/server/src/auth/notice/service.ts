import type { DatabaseTransaction } from "../../database/connection.ts";
import type { Mail } from "../../delivery/email/mail.ts";
import { type MailDeps, prepareMail, sendMail } from "../../delivery/email/service.ts";
import type { JobStatement } from "../../jobs/queue.ts";
import { budgets } from "../../limits/budget.ts";
import { type LimitDeps, type LimitKey, refund, tryConsume } from "../../limits/consume.ts";
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
      | "second-factor-reset-requested"
      | "second-factors-reset"
      | "token-reused"
      | "email-change-requested"
      | "phone-changed"
      | "api-key-created"
      | "passkey-added"
      | "passkey-removed"
      | "passkey-refused"
      | "identity-changed";
  }
>;

/** A recipient who is not greeted by name; `email` is null for an account without an address. */
type Addressee = Pick<UserRow, "email" | "locale">;

/** A recipient with an account. */
type AccountHolder = Addressee & Pick<UserRow, "given_name" | "email_verified_at" | "unvouched">;

/** What sending a security notice needs. */
export type NoticeDeps = MailDeps & LimitDeps;

/**
 * Sends a mail to the user in their language, in the caller's transaction. It greets by name only the holder of a vouched
 * account: in any other the name may be a stranger's message to the reader. An account without an address gets no mail; where the
 * mail is the point of the call, the caller calls `addressOf` first.
 */
export async function mailUser(
  deps: MailDeps,
  trx: DatabaseTransaction,
  { recipient, content }: { readonly recipient: Addressee | AccountHolder; readonly content: MailWithoutRecipient },
): Promise<void> {
  const mail = mailTo(recipient, content);
  if (mail !== undefined) await sendMail(deps, trx, mail);
}

function mailTo(recipient: Addressee | AccountHolder, content: MailWithoutRecipient): Mail | undefined {
  const { email: to, locale } = recipient;
  if (to === null) return undefined;
  const name = "given_name" in recipient && isVouched(recipient) ? recipient.given_name : null;
  return { to, locale, name, ...content };
}

/** A security notice, and whom it tells. */
export interface AddressedNotice {
  readonly user: AccountHolder & Pick<UserRow, "id">;
  readonly notice: SecurityNotice;
}

/**
 * Tells the owner what happened to the account, if they have proven the address. An unproven address may be a stranger's,
 * who must neither learn of somebody else's sign-ins nor get mails about them. Notices of one kind beyond a day's budget are
 * not sent; an attacker cannot use the budget up unseen, since each notice within it is sent.
 */
export async function sendSecurityNotice(
  deps: NoticeDeps,
  trx: DatabaseTransaction,
  { user, notice }: AddressedNotice,
): Promise<void> {
  if (user.email_verified_at === null) return;
  // Allowed in a transaction, unlike other budgets: this one is counted in this process, not by a statement of its own.
  if (!(await tryConsume(deps, [noticeLimit({ user, notice })]))) return;
  await mailUser(deps, trx, { recipient: user, content: notice });
}

/** A security notice whose budget is taken. */
export interface PreparedNotice {
  /** Enqueues the notice; for the statement of the rows that cause it. */
  readonly statement: JobStatement;
  /** Gives the budget back, for a notice that was not sent after all. */
  readonly cancel: () => Promise<void>;
}

/**
 * Prepares the notice of {@link sendSecurityNotice} for the statement of the rows that cause it. Returns `undefined`, and takes no
 * budget, where that function sends none or needs more than one statement: then call it.
 */
export async function prepareSecurityNotice(
  deps: NoticeDeps,
  { user, notice }: AddressedNotice,
): Promise<PreparedNotice | undefined> {
  const mail = user.email_verified_at === null ? undefined : mailTo(user, notice);
  const statement = mail && (await prepareMail(deps, mail));
  if (statement === undefined) return undefined;
  const limit = noticeLimit({ user, notice });
  if (!(await tryConsume(deps, [limit]))) return undefined;
  return { statement, cancel: () => refund(deps, { giveBack: [limit] }) };
}

function noticeLimit({ user, notice }: AddressedNotice): LimitKey {
  return { budget: budgets.securityMailPerUserPerDay, key: `${user.id} ${notice.template}` };
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
