import type { z } from "zod";
import type { Config } from "../../config.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { isMailConfigured } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { StepUpMethod } from "../../step-up-challenge.ts";
import { getUser } from "../../user/service.ts";
import { lockUser } from "../../user/store.ts";
import { proveEmail } from "../email/prove.ts";
import { networkPlace, resetThrottle } from "../notice/throttle.ts";
import { redeemLink } from "../one-time-token/link.ts";
import { hasPassword, isStillPassword, type PasswordDeps, proveCurrentPassword } from "../password/service.ts";
import type { Actor, Caller } from "../session/actor.ts";
import { readSession } from "../session/authenticate.ts";
import { lastAuthenticationOf, recordStepUp } from "../session/current-session.ts";
import type { EndSessionDeps } from "../session/end.ts";
import type { sudoInput, sudoOutput } from "./schema.ts";

/** What a step-up needs. */
export interface StepUpDeps extends PasswordDeps, Pick<EndSessionDeps, "sessionChanges"> {
  readonly config: Pick<Config, "mail" | "publicUrl" | "stepUpMaxAgeSeconds">;
}

/**
 * Requires that the actor authenticated recently in their session. The session in memory may miss a step-up at another
 * instance, so it is read again before a refusal. Throws `STEP_UP_REQUIRED`.
 */
export async function requireStepUp(deps: StepUpDeps, actor: Actor): Promise<void> {
  const now = deps.clock.now();
  if (now <= lastAuthenticationOf(deps, actor.session).recentUntil) return;
  if (now <= lastAuthenticationOf(deps, await readSession(deps, actor)).recentUntil) return;
  const methods = await availableMethods(deps, actor);
  throw new GatehouseError("STEP_UP_REQUIRED", { stepUp: { methods, maxAgeSeconds: deps.config.stepUpMaxAgeSeconds } });
}

/** A link counts only if it could also sign the user in and the address has been verified as the account owner's. */
async function availableMethods(deps: StepUpDeps, { userId }: Actor): Promise<readonly StepUpMethod[]> {
  const { emailVerified } = await getUser(deps, userId);
  const canMail = emailVerified && isMailConfigured(deps.config);
  return [
    ...((await hasPassword(deps.db, userId)) ? (["pwd"] as const) : []),
    ...(canMail ? (["email"] as const) : []),
  ];
}

/**
 * Authenticates the actor again, for their current session only. Throws `CURRENT_PASSWORD_INVALID`, `MAGIC_LINK_INVALID`,
 * `TOO_MANY_REQUESTS`, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function stepUp(
  deps: StepUpDeps,
  caller: Caller,
  { password, magicLinkToken }: z.output<typeof sudoInput>,
): Promise<z.output<typeof sudoOutput>> {
  return password === undefined
    ? await stepUpByLink(deps, caller, magicLinkToken)
    : await stepUpByPassword(deps, caller, password);
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
    return await completeStepUp(deps, trx, caller.actor);
  });
}

/** The link of another account is refused like a wrong one, and is not used up by that. */
async function stepUpByLink(deps: StepUpDeps, { actor, ip }: Caller, token: string) {
  const presented = { token, purposes: ["magic_link"], refusal: "MAGIC_LINK_INVALID" } as const;
  return await inTransaction(deps.db, async (trx) => {
    const { user } = await redeemLink(deps, trx, presented);
    // Nobody has proven the address yet: only a sign-in by the link decides whose account it is.
    const isOwn = user.id === actor.userId && user.email_verified_at !== null;
    if (!isOwn) throw new GatehouseError("MAGIC_LINK_INVALID");
    const place = networkPlace(deps, ip);
    await resetThrottle(deps, trx, { kind: "magic-link", email: user.email, place, isProven: true });
    // With the mailbox and a session of the account: nobody else will be better placed to vouch for it.
    await proveEmail(deps, trx, { user, account: "vouched" });
    return await completeStepUp(deps, trx, actor);
  });
}

async function completeStepUp(deps: StepUpDeps, trx: DatabaseTransaction, { session }: Actor) {
  const now = deps.clock.now();
  if (!(await recordStepUp(trx, { sessionId: session.id, now }))) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return lastAuthenticationOf(deps, { ...session, reauthenticated_at: now });
}
