import { domainToASCII } from "node:url";

/**
 * The form of an address that decides whether two are the same: compatibility-normalised (NFKC, UAX #15), case
 * folded, the domain in ASCII (UTS #46, which folds by rules of its own). Mail still goes to the address as it was typed.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${fold(email.slice(0, at))}@${domainToASCII(email.slice(at + 1))}`;
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
