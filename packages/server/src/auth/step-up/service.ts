import type { z } from "zod";
import { recordEvent } from "../../audit/record.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { isMailConfigured } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { StepUpMethod } from "../../step-up-challenge.ts";
import { isAnonymous } from "../../user/anonymous.ts";
import { stopFactorReset } from "../../user/second-factors.ts";
import { findUser, lockUser } from "../../user/store.ts";
import { proveEmail } from "../email/prove.ts";
import { hasFactor } from "../mfa/factors.ts";
import { type PresentedFactor, proveFactor } from "../mfa/prove.ts";
import { throttleSecondFactor } from "../mfa/throttle.ts";
import type { NoticeDeps } from "../notice/service.ts";
import { networkPlace, resetThrottle } from "../notice/throttle.ts";
import { redeemLink } from "../one-time-token/link.ts";
import { type AssertionDeps, recordUse, type SentAssertion, type UseDeps } from "../passkey/assertion.ts";
import { verifyStepUp } from "../passkey/step-up.ts";
import { hasPasskey } from "../passkey/store.ts";
import { hasPassword, isStillPassword, type PasswordDeps, proveCurrentPassword } from "../password/service.ts";
import type { Actor, Caller } from "../session/actor.ts";
import { type AddMethodDeps, addMethods } from "../session/add-methods.ts";
import { readSession } from "../session/authenticate.ts";
import { lastAuthenticationOf, recordStepUp } from "../session/current-session.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { restsOnTrust, type SignInMethodName } from "../session/methods.ts";
import type { sudoInput, sudoOutput } from "./schema.ts";

/** What a step-up needs. */
export interface StepUpDeps extends PasswordDeps, EndSessionDeps, NoticeDeps, AddMethodDeps, AssertionDeps, UseDeps {
  readonly keyRing: KeyRing;
  readonly config: Pick<Config, "mail" | "publicUrl" | "stepUpMaxAgeSeconds" | "passkeys">;
}

/**
 * Requires that the actor authenticated recently in their session. The session in memory may miss a step-up at another
 * instance, so it is read again before a refusal. Throws `STEP_UP_REQUIRED`, and `ANONYMOUS_ACCOUNT` for one that can prove nothing.
 */
export async function requireStepUp(deps: StepUpDeps, actor: Actor): Promise<void> {
  const now = deps.clock.now();
  if (now <= lastAuthenticationOf(deps, actor.session).recentUntil) return;
  if (now <= lastAuthenticationOf(deps, await readSession(deps, actor)).recentUntil) return;
  const methods = await availableMethods(deps, actor);
  throw new GatehouseError("STEP_UP_REQUIRED", { stepUp: { methods, maxAgeSeconds: deps.config.stepUpMaxAgeSeconds } });
}

/**
 * Requires that the session's second factor is more than a trusted device. Trust ends some day; a thief who could change factors by it
 * would be in for ever. Call it after {@link requireStepUp}. Throws `STEP_UP_REQUIRED`.
 */
export async function requireFactorBesideTrust(deps: StepUpDeps, actor: Actor): Promise<void> {
  if (!restsOnTrust(actor.session.methods)) return;
  if (!restsOnTrust((await readSession(deps, actor)).methods)) return;
  const methods = (await availableMethods(deps, actor)).filter((method) => method === "otp" || method === "passkey");
  throw new GatehouseError("STEP_UP_REQUIRED", { stepUp: { methods, maxAgeSeconds: deps.config.stepUpMaxAgeSeconds } });
}

/**
 * A link counts only if it could also sign the user in by itself, and the address has been verified as the account owner's: of an
 * account with a second factor, a mailbox alone proves too little.
 */
async function availableMethods(deps: StepUpDeps, { userId }: Actor): Promise<readonly StepUpMethod[]> {
  const user = await findUser(deps.db, userId);
  if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  if (isAnonymous(user)) throw new GatehouseError("ANONYMOUS_ACCOUNT");
  const canMail = user.email_verified_at !== null && user.second_factors.length === 0 && isMailConfigured(deps.config);
  return [
    ...((await hasPassword(deps.db, userId)) ? (["pwd"] as const) : []),
    ...(hasFactor(user, "totp") ? (["otp"] as const) : []),
    ...(canMail ? (["email"] as const) : []),
    ...((await hasPasskey(deps.db, userId)) ? (["passkey"] as const) : []),
  ];
}

/**
 * Authenticates the actor again, for their current session only. Throws `CURRENT_PASSWORD_INVALID`, `SECOND_FACTOR_INVALID`,
 * `MAGIC_LINK_INVALID`, `PASSKEY_INVALID`, `TOO_MANY_REQUESTS`, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function stepUp(
  deps: StepUpDeps,
  caller: Caller,
  proof: z.output<typeof sudoInput>,
): Promise<z.output<typeof sudoOutput>> {
  if (proof.password !== undefined) return await stepUpByPassword(deps, caller, proof.password);
  if (proof.passkey !== undefined) return await stepUpByPasskey(deps, caller, proof.passkey);
  if (proof.magicLinkToken !== undefined) return await stepUpByLink(deps, caller, proof.magicLinkToken);
  return await stepUpByFactor(deps, caller, proof);
}

/** The factor joins the session's methods, so that it also meets what the user's roles require. */
async function stepUpByFactor(deps: StepUpDeps, { actor, ip }: Caller, factor: PresentedFactor) {
  const proven = await throttleSecondFactor(deps, { userId: actor.userId, ip }, () =>
    inTransaction(deps.db, async (trx) => {
      const user = await lockUser(trx, actor.userId);
      const method = user && (await proveFactor(deps, trx, { user, factor }));
      if (user === undefined || method === undefined) return undefined;
      await stopFactorReset(deps, trx, { user, reason: "second_factor_proven" });
      await addMethods(deps, trx, { session: actor.session, methods: [method] });
      return await recordProof(deps, trx, { actor, method });
    }),
  );
  if (proven === undefined) throw new GatehouseError("SECOND_FACTOR_INVALID");
  return proven;
}

async function stepUpByPassword(deps: StepUpDeps, caller: Caller, password: string) {
  const { userId } = caller.actor;
  const proof = await proveCurrentPassword(deps, caller, password);
  return await inTransaction(deps.db, async (trx) => {
    // A change of the password locks the user too, so the password stays the proven one until the step-up is recorded.
    const user = await lockUser(trx, userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const isProven = proof !== undefined && (await isStillPassword(trx, userId, proof));
    if (!isProven) throw new GatehouseError("CURRENT_PASSWORD_INVALID");
    return await completeStepUp(deps, trx, { actor: caller.actor, method: "pwd" });
  });
}

/** The link of another account is refused like a wrong one, and is not used up by that. */
async function stepUpByLink(deps: StepUpDeps, { actor, ip }: Caller, token: string) {
  const presented = { token, purposes: ["magic_link"], refusal: "MAGIC_LINK_INVALID" } as const;
  return await inTransaction(deps.db, async (trx) => {
    const { user, link } = await redeemLink(deps, trx, presented);
    // Nobody has proven the address yet: only a sign-in by the link decides whose account it is.
    const isOwn = user.id === actor.userId && user.email_verified_at !== null && user.second_factors.length === 0;
    if (!isOwn) throw new GatehouseError("MAGIC_LINK_INVALID");
    const place = networkPlace(deps, ip);
    await resetThrottle(deps, trx, { kind: "magic-link", email: link.target, place, isProven: true });
    // With the mailbox and a session of the account: nobody else will be better placed to vouch for it.
    await proveEmail(deps, trx, { user, account: "vouched" });
    return await completeStepUp(deps, trx, { actor, method: "email" });
  });
}

async function stepUpByPasskey(deps: StepUpDeps, { actor }: Caller, sent: SentAssertion) {
  const verified = await verifyStepUp(deps, actor, sent);
  const proven = await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, actor.userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const outcome = await recordUse(deps, trx, { user, verified });
    if (outcome !== "used") return undefined;
    await stopFactorReset(deps, trx, { user, reason: "second_factor_proven" });
    await addMethods(deps, trx, { session: actor.session, methods: verified.methods });
    return await recordProof(deps, trx, { actor, method: "passkey" });
  });
  if (proven === undefined) throw new GatehouseError("PASSKEY_INVALID");
  return proven;
}

async function completeStepUp(
  deps: StepUpDeps,
  trx: DatabaseTransaction,
  { actor, method }: { readonly actor: Actor; readonly method: StepUpMethod },
) {
  const now = deps.clock.now();
  if (!(await recordStepUp(trx, { sessionId: actor.session.id, now, method })))
    throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return await recordProof(deps, trx, { actor, method });
}

async function recordProof(
  deps: StepUpDeps,
  trx: DatabaseTransaction,
  { actor: { session }, method }: { readonly actor: Actor; readonly method: SignInMethodName | StepUpMethod },
) {
  const proven = { action: "session.reauthenticated", kind: "session", targetId: session.public_id } as const;
  await recordEvent(deps, trx, { ...proven, details: { method } });
  return lastAuthenticationOf(deps, { ...session, methods: [method], reauthenticated_at: deps.clock.now() });
}
