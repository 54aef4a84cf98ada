import type { z } from "zod";
import { type AssertionDeps, type SentAssertion, type VerifiedAssertion, verifyAssertion } from "./assertion.ts";
import type { requestOptionsSchema } from "./schema.ts";
import { listCredentials } from "./store.ts";
import { requestOptions } from "./webauthn.ts";

/** A sign-in whose first proof was right, and which waits for the second. */
interface WaitingSignIn {
  readonly userId: string;
  /** Names the sign-in; an answer for another one is refused. */
  readonly challengeId: string;
}

/**
 * Returns the options to use one of the user's passkeys as a second factor, or `undefined` if they have none. The user need not be
 * verified by it, as the first factor has done that.
 */
export async function secondFactorOptions(
  { db, config, passkeyChallenges }: Pick<AssertionDeps, "db" | "config" | "passkeyChallenges">,
  { userId, challengeId }: WaitingSignIn,
): Promise<z.output<typeof requestOptionsSchema> | undefined> {
  const allowed = await listCredentials(db, userId);
  if (allowed.length === 0) return undefined;
  const challenge = passkeyChallenges.issue({ kind: "second_factor", challengeId });
  return requestOptions({ rpId: config.passkeys.rpId, challenge, allowed, userVerification: "preferred" });
}

/**
 * Verifies a passkey of the user as a second factor for this sign-in; its use is still to be recorded. Returns `undefined` if anything
 * is wrong with it.
 */
export async function verifySecondFactor(
  deps: AssertionDeps,
  { userId, challengeId }: WaitingSignIn,
  sent: SentAssertion,
): Promise<VerifiedAssertion | undefined> {
  const verified = await verifyAssertion(deps, { sent, purpose: { kind: "second_factor", challengeId } });
  return verified?.passkey.user_id === userId ? verified : undefined;
}
