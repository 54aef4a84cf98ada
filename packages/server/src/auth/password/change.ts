import type { z } from "zod";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { findUser, lockUser } from "../../user/store.ts";
import type { Caller } from "../session/actor.ts";
import { endSessions } from "../session/end.ts";
import { lockSession } from "../session/store.ts";
import type { StepUpDeps } from "../step-up/service.ts";
import { requireStepUp } from "../step-up/service.ts";
import { ownerOf } from "./known-words.ts";
import { newPassword } from "./policy.ts";
import type { changePasswordInput } from "./schema.ts";
import type { RecoveryDeps } from "./service.ts";
import { type ProvenPassword, proveCurrentPassword, settleNewPassword } from "./service.ts";
import { insertPassword, replacePassword } from "./store.ts";

/** What changing a password needs. */
type PasswordChangeDeps = RecoveryDeps & StepUpDeps;

/**
 * Changes the actor's password, or gives them one if they have none; their other sessions end. Throws
 * `CURRENT_PASSWORD_INVALID`, `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`, and `STEP_UP_REQUIRED` where there is none.
 */
export async function changePassword(
  deps: PasswordChangeDeps,
  { actor, ip }: Caller,
  { currentPassword, newPassword: chosen }: z.output<typeof changePasswordInput>,
): Promise<void> {
  const proof = await proveCurrentPassword(deps, { actor, ip }, currentPassword);
  // The first password is a way in besides: nobody may make it of a session alone.
  if (proof === undefined) await requireStepUp(deps, actor);
  const owner = await findUser(deps.db, actor.userId);
  if (owner === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  const hash = await newPassword(deps, chosen, { owner: ownerOf(owner), field: "newPassword" });
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, actor.userId);
    // What ended the session may have taken the password as well: nobody sets another by a call that was on its way.
    const isSignedIn = user !== undefined && (await lockSession(trx, actor.session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const isStored = await storeAfter(deps, trx, { proof, userId: user.id, hash });
    if (!isStored) throw new GatehouseError("CURRENT_PASSWORD_INVALID");
    await endSessions(deps, trx, { userId: user.id, reason: "password_changed", except: actor.session.id });
    await settleNewPassword(deps, trx, user);
  });
}

interface Change {
  /** `undefined` where there was no password to prove. */
  readonly proof: ProvenPassword | undefined;
  readonly userId: string;
  readonly hash: string;
}

/** `false` if another password came in between. */
async function storeAfter(
  { clock }: Pick<PasswordChangeDeps, "clock">,
  trx: DatabaseTransaction,
  { proof, ...password }: Change,
): Promise<boolean> {
  return proof === undefined
    ? await insertPassword(trx, password, clock.now())
    : await replacePassword(trx, { ...password, version: proof.version }, clock.now());
}
