import type { DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { UserRow } from "../../user/store.ts";
import {
  type AssertionDeps,
  recordUse,
  type SentAssertion,
  type UseDeps,
  type VerifiedAssertion,
} from "../passkey/assertion.ts";
import { verifySecondFactor } from "../passkey/second-factor.ts";
import type { SignInMethodName } from "../session/methods.ts";
import type { SignInChallengeRow } from "./challenge-store.ts";
import { isMailedCode } from "./email-code.ts";
import { type FactorSettings, takesEmailCode } from "./factors.ts";
import { type PresentedFactor, type ProveFactorDeps, proveFactor } from "./prove.ts";

/** What proving the answer to a challenge needs. */
export type AnswerDeps = ProveFactorDeps & AssertionDeps & FactorSettings;

/** What answers a challenge: what also proves a factor elsewhere, or a mailed code or a passkey for this challenge alone. */
export type AnsweringFactor =
  | (PresentedFactor & { readonly emailCode?: undefined; readonly passkey?: undefined })
  | (NoOtherFactor & { readonly emailCode: string; readonly passkey?: undefined })
  | (NoOtherFactor & { readonly passkey: SentAssertion; readonly emailCode?: undefined });

interface NoOtherFactor {
  readonly code?: undefined;
  readonly recoveryCode?: undefined;
}

/**
 * Uses up the factor of the locked user and returns its names in a session's `methods`; `undefined` if it is refused. The caller
 * commits a refusal too, which may have an event and a mail about a copied passkey.
 */
export type FactorProof = (
  deps: AnswerDeps,
  trx: DatabaseTransaction,
  user: UserRow,
) => Promise<readonly SignInMethodName[] | undefined>;

/**
 * Returns the proof of the answer, for a transaction. A passkey's signature is verified before it, so that no lock waits for that;
 * the result is `undefined` if the signature is wrong.
 */
export async function prepareProof(
  deps: AnswerDeps,
  { waiting, factor }: { readonly waiting: SignInChallengeRow; readonly factor: AnsweringFactor },
): Promise<FactorProof | undefined> {
  if (factor.passkey !== undefined) {
    const signIn = { userId: waiting.user_id, challengeId: waiting.public_id };
    const verified = await verifySecondFactor(deps, signIn, factor.passkey);
    return verified && ((proving, trx, user) => provePasskey(proving, trx, { user, verified }));
  }
  if (factor.emailCode !== undefined) {
    const code = factor.emailCode;
    return async (proving, _trx, user) => proveEmailCode(proving, { user, waiting, code });
  }
  return async (proving, trx, user) => {
    const method = await proveFactor(proving, trx, { user, factor });
    return method && [method];
  };
}

async function provePasskey(
  deps: UseDeps,
  trx: DatabaseTransaction,
  use: { readonly user: UserRow; readonly verified: VerifiedAssertion },
): Promise<readonly SignInMethodName[] | undefined> {
  const outcome = await recordUse(deps, trx, use);
  if (outcome === "not_admitted") throw new GatehouseError("ACCOUNT_DISABLED");
  return outcome === "used" ? use.verified.methods : undefined;
}

function proveEmailCode(
  deps: AnswerDeps,
  mailed: { readonly user: UserRow; readonly waiting: SignInChallengeRow; readonly code: string },
): readonly SignInMethodName[] | undefined {
  const { user, waiting } = mailed;
  const isRight = takesEmailCode(deps, { user, methods: waiting.methods }) && isMailedCode(deps, mailed);
  return isRight ? ["email_code"] : undefined;
}
