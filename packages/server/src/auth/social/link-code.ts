import { addSeconds, type Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { GatehouseError } from "../../errors.ts";
import type { IdentityProof } from "./proof.ts";
import { linkCodeSchema, matchesChallenge, openSealed, sealText } from "./sealed-text.ts";

interface LinkCodeDeps {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
}

/** A code, and what shows that the app that presents it began the linking. */
interface PresentedLinkCode {
  readonly code: string;
  readonly codeVerifier: string;
}

/** How long a code works, in seconds. */
const codeTtlSeconds = 60;

const context = "link code";

/**
 * Returns a code for an identity that somebody proved, to be linked by the app with the verifier. It is sealed, not stored: it
 * may come twice, since linking twice changes nothing. Tokens of the provider would make the address too long.
 */
export function sealLinkCode(
  { clock, keyRing }: LinkCodeDeps,
  { tokens: _tokens, ...proof }: IdentityProof,
  codeChallenge: string,
): string {
  const expiresAt = addSeconds(clock.now(), codeTtlSeconds);
  return sealText(keyRing, { proof, codeChallenge, expiresAt }, context);
}

/**
 * Opens a code with the verifier of its challenge. Somebody who lures a victim's app into a code of their own identity does not
 * know the app's verifier, so nothing is linked. Throws `SIGN_IN_CODE_INVALID`.
 */
export function openLinkCode(
  { clock, keyRing }: LinkCodeDeps,
  { code, codeVerifier }: PresentedLinkCode,
): IdentityProof {
  const opened = openSealed(keyRing, { sealed: code, context, schema: linkCodeSchema });
  const isValid = opened !== undefined && clock.now() < opened.expiresAt;
  if (!isValid || !matchesChallenge(codeVerifier, opened.codeChallenge)) {
    throw new GatehouseError("SIGN_IN_CODE_INVALID");
  }
  return opened.proof;
}
