import { domainToASCII } from "node:url";

/**
 * Returns the canonical form of an address, for comparison: compatibility-normalised (NFKC, UAX #15) and case folded, with
 * the domain in ASCII (UTS #46, which folds by its own rules). Mail still goes to the address as it was typed.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${fold(email.slice(0, at))}@${domainToASCII(email.slice(at + 1))}`;
}

/**
 * Returns the address with ASCII letters in lower case: every mail server delivers both cases to the same mailbox. Different
 * mailboxes, with different owners, can still have the same canonical form.
 */
export function mailbox(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The domains of Gmail, which ignores dots before the @ and gives each mailbox an address at both domains. */
const dotlessDomains: ReadonlySet<string> = new Set(["gmail.com", "googlemail.com"]);

/**
 * Returns the mailbox under which sent mails are counted: the canonical address without the tag after a plus (RFC 5233),
 * and for Gmail also without dots. It is only for counting, because some mail servers give addresses with different tags to
 * different people. Those people share a limit, but keep separate accounts.
 */
export function countedMailbox(email: string): string {
  const canonical = canonicalEmail(email);
  const at = canonical.lastIndexOf("@");
  const domain = canonical.slice(at + 1);
  const isDotless = dotlessDomains.has(domain);
  const withDots = untagged(canonical.slice(0, at));
  return `${isDotless ? withDots.replaceAll(".", "") : withDots}@${isDotless ? "gmail.com" : domain}`;
}

/** Whether the address has a tag after a plus, as in `ada+shop@example.com`. */
export function hasTag(email: string): boolean {
  const canonical = canonicalEmail(email);
  const local = canonical.slice(0, canonical.lastIndexOf("@"));
  return untagged(local) !== local;
}

/** Removes the tag. A local part that begins with a plus has none. */
function untagged(local: string): string {
  const plus = local.indexOf("+");
  return plus > 0 ? local.slice(0, plus) : local;
}

/** Returns the canonical form of a username, for comparison. */
export function canonicalUsername(username: string): string {
  return fold(username);
}

/** What an identifier is: only an address has an @, and only a number in E.164 begins with a plus and has none. */
export function kindOfIdentifier(identifier: string): "email" | "phone" | "username" {
  if (identifier.includes("@")) return "email";
  return identifier.startsWith("+") ? "phone" : "username";
}

/** Returns the canonical form of an address, of a username, or of a number in E.164, which has no other form. */
export function canonicalIdentifier(identifier: string): string {
  return kindOfIdentifier(identifier) === "email" ? canonicalEmail(identifier) : canonicalUsername(identifier);
}

/**
 * Folds case and normalises. Upper case comes first, because a letter can have several lower-case forms (ς and σ). Every
 * step runs twice, because changing case can undo the normal form (as with İ) and normalising can produce capitals.
 */
function fold(value: string): string {
  const once = (form: string) => form.normalize("NFKC").toUpperCase().toLowerCase();
  return once(once(value)).normalize("NFKC");
}
