import { domainToASCII } from "node:url";

/**
 * The form of an address that decides whether two are the same: compatibility-normalised (NFKC, UAX #15), case
 * folded, the domain in ASCII (UTS #46, which folds by rules of its own). Mail still goes to the address as it was typed.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${fold(email.slice(0, at))}@${domainToASCII(email.slice(at + 1))}`;
}

/**
 * What tells one mailbox from another: every mail server takes capitals of ASCII for small letters. Two mailboxes can have
 * one canonical form all the same, and different owners.
 */
export function mailbox(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The domains of a provider that ignores dots before the @, and gives each mailbox an address at both. */
const dotlessDomains: ReadonlySet<string> = new Set(["gmail.com", "googlemail.com"]);

/**
 * Where the mail to an address ends up, as far as that can be told: without what follows a plus (RFC 5233), and for Gmail
 * without dots. Only what is counted goes by it, for elsewhere a plus may tell two people apart: they then wait for each
 * other's mails, and stay two accounts.
 */
export function countedMailbox(email: string): string {
  const canonical = canonicalEmail(email);
  const at = canonical.lastIndexOf("@");
  const domain = canonical.slice(at + 1);
  const isDotless = dotlessDomains.has(domain);
  const withDots = untagged(canonical.slice(0, at));
  return `${isDotless ? withDots.replaceAll(".", "") : withDots}@${isDotless ? "gmail.com" : domain}`;
}

/** Whether something follows a plus in the address that may be left out, as in `ada+shop@example.com`. */
export function hasTag(email: string): boolean {
  const canonical = canonicalEmail(email);
  const local = canonical.slice(0, canonical.lastIndexOf("@"));
  return untagged(local) !== local;
}

/** One that begins with a plus has no tag. */
function untagged(local: string): string {
  const plus = local.indexOf("+");
  return plus > 0 ? local.slice(0, plus) : local;
}

/** The form of a username that decides whether two are the same. */
export function canonicalUsername(username: string): string {
  return fold(username);
}

/** The form of what somebody signs in with: a username has no @. */
export function canonicalIdentifier(identifier: string): string {
  return identifier.includes("@") ? canonicalEmail(identifier) : canonicalUsername(identifier);
}

/**
 * Upper case comes first, because a letter can have several lower ones (ς and σ). Changing case can undo the normal form
 * (as of İ), and normalising can bring capitals, so all is done twice.
 */
function fold(value: string): string {
  const once = (form: string) => form.normalize("NFKC").toUpperCase().toLowerCase();
  return once(once(value)).normalize("NFKC");
}
