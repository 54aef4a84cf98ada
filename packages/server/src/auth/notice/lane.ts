import { canonicalEmail, countedMailbox, hasTag } from "../../user/canonical.ts";

/** Whose mails follow one another in one pace. */
interface Lane {
  /** What tells it from other lanes of the kind. */
  readonly name: string;
  /** Whether addresses share it that may be several accounts'. */
  readonly isShared: boolean;
}

/**
 * Where a mail to an address queues. Anybody can put as many tags on a mailbox as they like, and as many dots at Gmail: what
 * nobody has proven of these shares lanes, one for addresses with a tag and one for those without. A proven address is one
 * that the mailbox's owner chose, and has a lane of its own, as the plain address has. So strangers make no further lane,
 * and their addresses are in front of no owner's.
 */
export function laneOf({ email, isProven }: { readonly email: string; readonly isProven: boolean }): Lane {
  const mailbox = countedMailbox(email);
  const isTagged = hasTag(email);
  const hasSpellings = isTagged || mailbox.endsWith("@gmail.com");
  if (isProven && hasSpellings) return { name: `${canonicalEmail(email)} proven`, isShared: false };
  return { name: `${mailbox} ${isTagged ? "tagged" : "plain"}`, isShared: hasSpellings };
}
