import type { z } from "zod";
import { inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { lockUser } from "../../user/store.ts";
import { type IdentityUpgradeDeps, type LinkingCaller, upgradeByIdentity } from "../anonymous/upgrade-by-identity.ts";
import { type RequirementDeps, requireSecondFactor } from "../mfa/requirement.ts";
import type { Actor } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import { openLinkCode } from "../social/link-code.ts";
import type { IdentityProof } from "../social/proof.ts";
import type { linkIdentityInput } from "../social/schema.ts";
import { type NativeProofDeps, proveNatively } from "../social/service.ts";
import { requireStepUp, type StepUpDeps } from "../step-up/service.ts";
import { addIdentity, tellOwner } from "./service.ts";

/**
 * Returns the identity that the input proves. Throws `SIGN_IN_CODE_INVALID` for a code, and as {@link proveNatively} for what a native
 * app sends.
 */
export async function proveIdentity(
  deps: NativeProofDeps & Pick<StepUpDeps, "clock" | "keyRing">,
  { code, codeVerifier, provider, ...credential }: z.output<typeof linkIdentityInput>,
): Promise<IdentityProof> {
  if (code !== undefined && codeVerifier !== undefined) return openLinkCode(deps, { code, codeVerifier });
  if (provider === undefined) throw new Error("the schema lets through a code, or the credential of a provider");
  return await proveNatively(deps, { provider, ...credential });
}

type ProofDeps = StepUpDeps & RequirementDeps;

/** What linking an identity needs. */
export type LinkDeps = IdentityUpgradeDeps & ProofDeps;

/**
 * Requires a recent proof, and the second factor that a role of the caller requires. The session of an anonymous account is let
 * through, since it can prove nothing: {@link linkToCaller} requires the proof as soon as the account is full. Throws
 * `STEP_UP_REQUIRED` and `SECOND_FACTOR_REQUIRED`.
 */
export async function requireProofToLink(deps: ProofDeps, actor: Actor): Promise<void> {
  if (!isWithoutProof(actor)) await requireProof(deps, actor);
}

/** Whether the session was started by nothing; its account may have become full since. */
function isWithoutProof({ session }: Actor): boolean {
  return session.methods.includes("anon");
}

async function requireProof(deps: ProofDeps, actor: Actor): Promise<void> {
  await requireSecondFactor(deps, actor);
  await requireStepUp(deps, actor);
}

/**
 * Links an identity to the account that the caller is signed in to, and tells its owner. An anonymous account becomes a full one
 * by it. Throws `IDENTITY_TAKEN` if it is another account's, `ACCESS_TOKEN_INVALID` if the session has ended meanwhile, and as
 * {@link upgradeByIdentity}.
 */
export async function linkToCaller(deps: LinkDeps, caller: LinkingCaller, proof: IdentityProof): Promise<void> {
  const { actor } = caller;
  if (isWithoutProof(actor)) {
    if (await upgradeByIdentity(deps, caller, proof)) return;
    // The account became full meanwhile. If that was by a proof in this session, the session has it now.
    await requireProof(deps, actor);
  }
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, actor.userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, actor.session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    if (!(await addIdentity(deps, trx, { user, proof }))) throw new GatehouseError("IDENTITY_TAKEN");
    await tellOwner(deps, trx, { user, provider: proof.provider, change: "linked" });
  });
}
