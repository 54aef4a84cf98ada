import { inNameOf } from "../../audit/call.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { trustDevice } from "../../device/trust.ts";
import { GatehouseError } from "../../errors.ts";
import { stopFactorReset } from "../../user/second-factors.ts";
import type { Origin } from "../../user/service.ts";
import { lockUser } from "../../user/store.ts";
import { isSignInMethod } from "../session/methods.ts";
import { type SignedIn, type SignInDeps, signInCompletely } from "../session/sign-in.ts";
import { type AnswerDeps, type AnsweringFactor, type FactorProof, prepareProof } from "./answer.ts";
import { openChallenge } from "./challenge.ts";
import { countGuess, type SignInChallengeRow, takeChallenge } from "./challenge-store.ts";
import { throttleSecondFactor } from "./throttle.ts";

/** What completing a sign-in needs. */
export type VerifyDeps = SignInDeps & AnswerDeps & { readonly db: Database };

/** Guesses at one challenge, the right one included. */
const maxAttempts = 5;

interface Answer {
  readonly challenge: string;
  readonly factor: AnsweringFactor;
  /** Whether the device of the sign-in is to be trusted from now on. */
  readonly trustDevice: boolean;
  readonly origin: Origin;
}

/** A completed sign-in. */
interface Completed extends SignedIn {
  /** Absent unless asked for; `null` if the device could not be trusted. */
  readonly deviceTrustedUntil?: Date | null;
}

/**
 * Completes a sign-in by its second factor. The challenge stands for the proof before it. It ends with another password, a logout
 * everywhere, an operator who ends the sessions, after five guesses, and when a session starts. Throws `MFA_CHALLENGE_INVALID`,
 * `SECOND_FACTOR_INVALID`, `PASSKEY_INVALID`, `ACCOUNT_DISABLED` and `TOO_MANY_REQUESTS`.
 */
export async function completeChallenge(
  deps: VerifyDeps,
  { challenge, factor, ...answer }: Answer,
): Promise<Completed> {
  const guess = { digest: digestSecret(challenge), maxAttempts, now: deps.clock.now() };
  const waiting = await countGuess(deps.db, guess);
  if (waiting === undefined) throw new GatehouseError("MFA_CHALLENGE_INVALID");
  const attempt = { userId: waiting.user_id, ip: answer.origin.ip };
  const signedIn = await throttleSecondFactor(deps, attempt, async () => {
    const prove = await prepareProof(deps, { waiting, factor });
    return prove && (await inRetriedTransaction(deps.db, (trx) => complete(deps, trx, { waiting, prove, ...answer })));
  });
  if (signedIn !== undefined) return signedIn;
  throw new GatehouseError(factor.passkey === undefined ? "SECOND_FACTOR_INVALID" : "PASSKEY_INVALID");
}

interface ProvenAnswer extends Omit<Answer, "challenge" | "factor"> {
  readonly waiting: SignInChallengeRow;
  readonly prove: FactorProof;
}

/** The user is locked first, so that two answers to challenges of one account come one after the other. */
async function complete(
  deps: VerifyDeps,
  trx: DatabaseTransaction,
  { waiting, prove, trustDevice: asksForTrust, origin }: ProvenAnswer,
): Promise<Completed | undefined> {
  const user = await lockUser(trx, waiting.user_id);
  if (user === undefined) throw new GatehouseError("MFA_CHALLENGE_INVALID");
  const signingIn = inNameOf(deps, user.public_id);
  const second = await prove(signingIn, trx, user);
  if (second === undefined) return undefined;
  await stopFactorReset(signingIn, trx, { user, reason: "second_factor_proven" });
  if (!(await takeChallenge(trx, waiting.id, deps.clock.now()))) throw new GatehouseError("MFA_CHALLENGE_INVALID");
  const methods = [...waiting.methods.filter(isSignInMethod), ...second];
  const proven = waiting.password_version === null ? {} : { passwordVersion: waiting.password_version };
  const how = openChallenge(deps, waiting);
  const signedIn = await signInCompletely(signingIn, trx, { user, ...how, origin, methods, ...proven });
  if (!asksForTrust) return signedIn;
  const deviceTrustedUntil = await trustDevice(signingIn, trx, { user, device: how.device });
  return { ...signedIn, deviceTrustedUntil: deviceTrustedUntil ?? null };
}
