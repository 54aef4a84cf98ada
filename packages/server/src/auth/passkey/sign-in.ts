import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { stopFactorReset } from "../../user/second-factors.ts";
import { findUser, lockUser, type UserRow } from "../../user/store.ts";
import { type SignedIn, type SignIn, type SignInDeps, signInCompletely } from "../session/sign-in.ts";
import { type AssertionDeps, recordUse, type SentAssertion, verifyAssertion } from "./assertion.ts";
import type { requestOptionsSchema } from "./schema.ts";
import { requestOptions } from "./webauthn.ts";

/** What signing in with a passkey needs. */
type PasskeySignInDeps = AssertionDeps &
  SignInDeps & { readonly db: Database; readonly config: Pick<Config, "passkeys" | "registrationMode"> };

/**
 * Returns the options to sign in with any passkey of the domain, for which the user enters no name. Nothing is stored or read, so a
 * page may ask for them whenever it is shown.
 */
export function passkeyLoginOptions({
  config,
  passkeyChallenges,
}: Pick<AssertionDeps, "config" | "passkeyChallenges">): z.output<typeof requestOptionsSchema> {
  const challenge = passkeyChallenges.issue({ kind: "sign_in" });
  return requestOptions({ rpId: config.passkeys.rpId, challenge, allowed: [], userVerification: "required" });
}

/**
 * Signs in with a passkey, which has verified its user, so no second factor is asked for, and a pending reset of the second factors
 * is stopped. Throws `PASSKEY_INVALID`; with a right answer only, `ACCOUNT_DISABLED` and `EMAIL_NOT_VERIFIED`.
 */
export async function loginByPasskey(deps: PasskeySignInDeps, sent: SentAssertion, how: SignIn): Promise<SignedIn> {
  const verified = await verifyAssertion(deps, { sent, purpose: { kind: "sign_in" } });
  const user = verified && (await findUser(deps.db, verified.passkey.user_id));
  if (user === undefined || verified === undefined) throw new GatehouseError("PASSKEY_INVALID");
  const signingIn = inNameOf(deps, user.public_id);
  const signedIn = await inRetriedTransaction(deps.db, async (trx) => {
    // Sign-ins of one user wait for each other only where there is a reset to stop.
    const locked = user.second_factor_reset_at === null ? user : await lockUser(trx, user.id);
    const outcome = await recordUse(signingIn, trx, { user, verified });
    if (outcome === "refused") return undefined;
    if (outcome === "not_admitted") throw new GatehouseError("ACCOUNT_DISABLED");
    if (mustVerify(deps.config, user)) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    if (locked !== undefined) await stopFactorReset(signingIn, trx, { user: locked, reason: "second_factor_proven" });
    return await signInCompletely(signingIn, trx, { user, ...how, methods: verified.methods });
  });
  if (signedIn === undefined) throw new GatehouseError("PASSKEY_INVALID");
  return signedIn;
}

/** As at a sign-in with a password. An account without an address is from before that mode, and has nothing to prove. */
function mustVerify({ registrationMode }: Pick<Config, "registrationMode">, user: UserRow): boolean {
  return registrationMode === "verified" && user.email !== null && user.email_verified_at === null;
}
