import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { SignInMethodName } from "../session/methods.ts";
import type { ChallengePurpose, OpenedChallenge, PasskeyChallenges } from "./challenge.ts";
import { readClientData } from "./client-data.ts";
import { passkeyMethods } from "./methods.ts";
import type { assertionSchema } from "./schema.ts";
import { findPasskey, isPasskeyKept, type PasskeyRow, type PasskeyWithHandle, recordPasskeyUse } from "./store.ts";
import { type Assertion, verifyAnswer } from "./webauthn.ts";

/** The answer of a passkey as it was sent. */
export type SentAssertion = z.output<typeof assertionSchema>;

/** What verifying the answer of a passkey needs. */
export interface AssertionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Pick<Config, "passkeys">;
  readonly passkeyChallenges: PasskeyChallenges;
}

/** An answer as it was sent, and what it has to be for. */
interface PresentedAssertion {
  readonly sent: SentAssertion;
  readonly purpose: ChallengePurpose;
}

/** An answer with a right signature to a challenge of this server, which is still to be spent by {@link recordUse}. */
export interface VerifiedAssertion extends Assertion {
  readonly passkey: PasskeyRow;
  readonly challenge: OpenedChallenge;
  /** RFC 8176 names; see {@link passkeyMethods}. */
  readonly methods: readonly SignInMethodName[];
}

/** Passkeys that verify their user are asked to, but for a second factor, which only has to be had. */
function requiresUserVerification({ kind }: ChallengePurpose): boolean {
  return kind !== "second_factor";
}

/**
 * Verifies the answer of a passkey, apart from its counter. Returns `undefined` if anything is wrong with it. An unknown passkey
 * costs the same work as a known one, so that the time does not tell which there are.
 */
export async function verifyAssertion(
  deps: AssertionDeps,
  { sent, purpose }: PresentedAssertion,
): Promise<VerifiedAssertion | undefined> {
  const clientData = readClientData(sent.response.clientDataJSON);
  const challenge = clientData && deps.passkeyChallenges.open(purpose, clientData.challenge);
  if (clientData === undefined || challenge === undefined) return undefined;
  const passkey = await findPasskey(deps.db, Buffer.from(sent.id, "base64url"));
  const assertion = await verifyAnswer({
    credential: sent,
    clientData,
    passkeys: deps.config.passkeys,
    publicKey: passkey?.public_key ?? nobodysKey,
    requiresUserVerification: requiresUserVerification(purpose),
  });
  if (passkey === undefined || assertion === undefined || !isHandleOf(passkey, { sent, purpose })) return undefined;
  const { isUserVerified } = assertion;
  const methods = passkeyMethods({ isBackupEligible: passkey.backup_eligible, isUserVerified });
  return { ...assertion, passkey, challenge, methods };
}

/** A P-256 key whose private half nobody kept, in COSE. */
const nobodysKey = Buffer.from(
  "pQECAyYgASFYIGxxs8li_p0l3TNy3U9YM-5-3gXtP7UY1dOvUO5gLdKuIlggxp--P-QkjpO4tdUU5vlraINUdsVkkM5IJnEv5TRkcmM",
  "base64url",
);

/**
 * The authenticator names the user whom it made the passkey for: it must where any passkey could be chosen, and need not where it
 * was told which (WebAuthn, 7.2, step 6).
 */
function isHandleOf({ handle }: PasskeyWithHandle, { sent, purpose }: PresentedAssertion): boolean {
  const userHandle = sent.response.userHandle ?? undefined;
  if (userHandle === undefined) return purpose.kind !== "sign_in";
  return Buffer.from(handle).equals(Buffer.from(userHandle, "base64url"));
}

/** What recording a use needs. */
export type UseDeps = NoticeDeps & AuditDeps;

/**
 * What came of a use: `refused` for a challenge that was answered before, a counter that went backwards, and a passkey that was
 * removed meanwhile; `not_admitted` if its user may not sign in.
 */
type UseOutcome = "used" | "refused" | "not_admitted";

/**
 * Spends the challenge and records the use of the passkey. The caller must commit a `refused` use, which may have an event and a
 * mail about a copied passkey, and only then refuse the call.
 *
 * A counter that goes backwards shows that there are two of a passkey (WebAuthn, 6.1.1). Where it cannot leave its authenticator,
 * one of them is a copy, so it is refused. Others may be on several devices, so it is recorded and accepted.
 */
export async function recordUse(
  deps: UseDeps,
  trx: DatabaseTransaction,
  { user, verified }: { readonly user: UserRow; readonly verified: VerifiedAssertion },
): Promise<UseOutcome> {
  const { passkey, challenge, counter, isBackedUp } = verified;
  const recorded = await recordPasskeyUse(trx, { passkey, challenge, counter, isBackedUp, now: deps.clock.now() });
  if (!recorded.isAdmitted) return "not_admitted";
  if (!recorded.isFirst) return "refused";
  const isBackwards = Number(passkey.counter) > 0 && counter <= Number(passkey.counter);
  if (recorded.isCounted) {
    if (isBackwards) await recordRegression(deps, trx, { user, verified, outcome: "accepted" });
    return "used";
  }
  if (await isPasskeyKept(trx, passkey.id)) await recordRegression(deps, trx, { user, verified, outcome: "refused" });
  return "refused";
}

interface Regression {
  readonly user: UserRow;
  readonly verified: VerifiedAssertion;
  readonly outcome: "accepted" | "refused";
}

async function recordRegression(
  deps: UseDeps,
  trx: DatabaseTransaction,
  { user, verified, outcome }: Regression,
): Promise<void> {
  const { passkey, counter } = verified;
  const { public_id: targetId, name } = passkey;
  const details = { name, outcome, counter, storedCounter: Number(passkey.counter) };
  const accountId = user.public_id;
  await recordEvent(deps, trx, { action: "passkey.counter_regressed", kind: "passkey", targetId, accountId, details });
  if (outcome === "accepted") return;
  const notice = { template: "passkey-refused", passkeyName: name, at: deps.clock.now() } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
}
