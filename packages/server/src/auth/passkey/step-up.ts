import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import type { Actor } from "../session/actor.ts";
import { type AssertionDeps, type SentAssertion, type VerifiedAssertion, verifyAssertion } from "./assertion.ts";
import type { requestOptionsSchema } from "./schema.ts";
import { listCredentials } from "./store.ts";
import { requestOptions } from "./webauthn.ts";

/** Returns the options to prove at `auth.sudo` by one of the actor's passkeys who they are. Throws `NOT_FOUND` if they have none. */
export async function stepUpOptions(
  { db, config, passkeyChallenges }: Pick<AssertionDeps, "db" | "config" | "passkeyChallenges">,
  { userId, session }: Actor,
): Promise<z.output<typeof requestOptionsSchema>> {
  const allowed = await listCredentials(db, userId);
  if (allowed.length === 0) throw new GatehouseError("NOT_FOUND", { detail: "The account has no passkey." });
  const challenge = passkeyChallenges.issue({ kind: "step_up", sessionId: session.public_id });
  return requestOptions({ rpId: config.passkeys.rpId, challenge, allowed, userVerification: "required" });
}

/** Verifies a passkey of the actor, whose use the caller records. Throws `PASSKEY_INVALID`. */
export async function verifyStepUp(
  deps: AssertionDeps,
  { userId, session }: Actor,
  sent: SentAssertion,
): Promise<VerifiedAssertion> {
  const verified = await verifyAssertion(deps, { sent, purpose: { kind: "step_up", sessionId: session.public_id } });
  if (verified?.passkey.user_id !== userId) throw new GatehouseError("PASSKEY_INVALID");
  return verified;
}
