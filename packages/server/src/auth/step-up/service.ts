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
import type { Actor } from "../session/actor.ts";
import { readSession } from "../session/authenticate.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { proofOf, recordStepUp } from "../session/proof.ts";
import type { sudoInput, sudoOutput } from "./schema.ts";

/** What a step-up needs. */
export interface StepUpDeps extends PasswordDeps, Pick<EndSessionDeps, "sessionChanges"> {
  readonly config: Pick<Config, "mail" | "stepUpMaxAgeSeconds">;
}

/** Who calls, and from where. */
interface Caller {
  readonly actor: Actor;
  readonly ip: string;
}

/**
 * Makes sure that the actor proved lately who they are. What is remembered of a session may be older than a proof at
 * another instance, but never says more than is true: only before a refusal it is read again. Throws `STEP_UP_REQUIRED`.
 */
export async function requireStepUp(deps: StepUpDeps, actor: Actor): Promise<void> {
  const now = deps.clock.now();
  if (now <= proofOf(deps, actor.session).recentUntil) return;
  if (now <= proofOf(deps, await readSession(deps, actor)).recentUntil) return;
  const methods = await methodsOf(deps, actor);
  throw new GatehouseError("STEP_UP_REQUIRED", { stepUp: { methods, maxAgeSeconds: deps.config.stepUpMaxAgeSeconds } });
}

/** A link does where it could also sign in, and the address is known to be the account owner's. */
async function methodsOf(deps: StepUpDeps, { userId }: Actor): Promise<readonly StepUpMethod[]> {
  const { emailVerified } = await getUser(deps, userId);
  const canMail = emailVerified && isMailConfigured(deps.config);
  return [
    ...((await hasPassword(deps.db, userId)) ? (["pwd"] as const) : []),
    ...(canMail ? (["email"] as const) : []),
  ];
}

/**
 * Notes that the actor proved who they are, in their session and no other. Throws `CURRENT_PASSWORD_INVALID`,
 * `MAGIC_LINK_INVALID`, `TOO_MANY_REQUESTS`, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
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
    // Whoever changes the password locks its user: it stays the one that was proven until the proof is noted.
    const user = await lockUser(trx, userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const isProven = proof !== undefined && (await isStillPassword(trx, userId, proof));
    if (!isProven) throw new GatehouseError("CURRENT_PASSWORD_INVALID");
    return await prove(deps, trx, caller.actor);
  });
}

/** Another's link is refused as any wrong one is, and works for its owner afterwards: a refusal takes nothing. */
async function stepUpByLink(deps: StepUpDeps, { actor, ip }: Caller, token: string) {
  const presented = { token, purposes: ["magic_link"], refusal: "MAGIC_LINK_INVALID" } as const;
  return await inTransaction(deps.db, async (trx) => {
    const { user } = await redeemLink(deps, trx, presented);
    // Where nobody has proven the address, signing in by the link is what decides whose account it is.
    const isOwn = user.id === actor.userId && user.email_verified_at !== null;
    if (!isOwn) throw new GatehouseError("MAGIC_LINK_INVALID");
    const place = networkPlace(deps, ip);
    await resetThrottle(deps, trx, { kind: "magic-link", email: user.email, place, isProven: true });
    // With the mailbox and a session of the account: nobody else will be better placed to vouch for it.
    await proveEmail(deps, trx, user, { account: "vouched" });
    return await prove(deps, trx, actor);
  });
}

async function prove(deps: StepUpDeps, trx: DatabaseTransaction, { session }: Actor) {
  const now = deps.clock.now();
  if (!(await recordStepUp(trx, { sessionId: session.id, now }))) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return proofOf(deps, { ...session, reauthenticated_at: now });
}
