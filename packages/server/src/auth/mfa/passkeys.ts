import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import type { Clock } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { UserRow } from "../../user/store.ts";
import type { AssertionDeps } from "../passkey/assertion.ts";
import type { requestOptionsSchema } from "../passkey/schema.ts";
import { secondFactorOptions } from "../passkey/second-factor.ts";
import { hasPasskey } from "../passkey/store.ts";
import type { Actor } from "../session/actor.ts";
import { findChallenge } from "./challenge-store.ts";
import { addFactor, type EnrolDeps, lockSignedIn, removeFactor } from "./enrol.ts";
import { hasFactor } from "./factors.ts";
import type { recoveryCodesOutput } from "./schema.ts";

/**
 * Returns the options to answer the challenge with a passkey of the account. Throws `MFA_CHALLENGE_INVALID`, and
 * `SECOND_FACTOR_NOT_OFFERED` for an account without passkeys.
 */
export async function challengePasskeyOptions(
  deps: AssertionDeps & { readonly clock: Clock },
  challenge: string,
): Promise<z.output<typeof requestOptionsSchema>> {
  const waiting = await findChallenge(deps.db, { digest: digestSecret(challenge), now: deps.clock.now() });
  if (waiting === undefined) throw new GatehouseError("MFA_CHALLENGE_INVALID");
  const options = await secondFactorOptions(deps, { userId: waiting.user_id, challengeId: waiting.public_id });
  if (options === undefined) throw new GatehouseError("SECOND_FACTOR_NOT_OFFERED");
  return options;
}

/**
 * Makes sign-ins take a second factor, such as one of the account's passkeys. The session itself proves none by that. Throws
 * `SECOND_FACTOR_EXISTS`, and `SECOND_FACTOR_MISSING` for an account without passkeys.
 */
export async function enablePasskeys(deps: EnrolDeps, actor: Actor): Promise<z.output<typeof recoveryCodesOutput>> {
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockSignedIn(trx, actor);
    if (hasFactor(user, "passkey")) throw new GatehouseError("SECOND_FACTOR_EXISTS");
    if (!(await hasPasskey(trx, user.id))) throw new GatehouseError("SECOND_FACTOR_MISSING");
    return await addFactor(deps, trx, { user, factor: "passkey" });
  });
}

interface RemovedPasskeys {
  /** Locked by the transaction. */
  readonly user: UserRow;
  readonly reason: string;
}

/**
 * Ends the factor if its user or an operator removed the last passkey: sign-ins would otherwise take what nobody has. A link by mail
 * that removes passkeys does not call it, as no link may end a second factor. Returns whether it ended; the caller tells the owner.
 */
export async function endFactorWithoutPasskeys(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, reason }: RemovedPasskeys,
): Promise<boolean> {
  if (!hasFactor(user, "passkey") || (await hasPasskey(trx, user.id))) return false;
  await removeFactor(deps, trx, { user, factor: "passkey", reason });
  return true;
}
