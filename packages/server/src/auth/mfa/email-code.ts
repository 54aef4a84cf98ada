import { createHmac, timingSafeEqual } from "node:crypto";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { consume } from "../../limits/consume.ts";
import { findUser, lockUser, type UserRow } from "../../user/store.ts";
import { mailLimitKeys, mailUser, type NoticeDeps } from "../notice/service.ts";
import { codeDigits, randomCode } from "../one-time-token/code.ts";
import { findChallenge, type SignInChallengeRow, storeMailedCode } from "./challenge-store.ts";
import { type FactorSettings, takesEmailCode } from "./factors.ts";

/** What mailing the code of a sign-in needs. */
export type EmailCodeDeps = AuditDeps &
  NoticeDeps &
  FactorSettings & { readonly db: Database; readonly keyRing: KeyRing; readonly random: RandomSource };

/** Mails for one challenge. */
const maxMails = 3;

/**
 * Mails a code that answers the challenge, in place of an earlier one. Throws `MFA_CHALLENGE_INVALID`, `SECOND_FACTOR_NOT_OFFERED` if
 * the sign-in takes no code by mail, and `TOO_MANY_REQUESTS`.
 */
export async function sendChallengeCode(
  deps: EmailCodeDeps,
  { challenge, ip }: { readonly challenge: string; readonly ip: string },
): Promise<void> {
  const sought = { digest: digestSecret(challenge), now: deps.clock.now() };
  const waiting = await findChallenge(deps.db, sought);
  const user = waiting && (await findUser(deps.db, waiting.user_id));
  if (waiting === undefined || user === undefined) throw new GatehouseError("MFA_CHALLENGE_INVALID");
  requireEmailCode(deps, user, waiting);
  await consume(deps, mailLimitKeys({ ip, userId: user.id }));
  await inTransaction(deps.db, async (trx) => {
    const locked = await lockUser(trx, user.id);
    if (locked === undefined) throw new GatehouseError("MFA_CHALLENGE_INVALID");
    requireEmailCode(deps, locked, waiting);
    await mailCode(deps, trx, { user: locked, waiting });
  });
}

function requireEmailCode(deps: EmailCodeDeps, user: UserRow, { methods }: SignInChallengeRow): void {
  if (!takesEmailCode(deps, { user, methods })) throw new GatehouseError("SECOND_FACTOR_NOT_OFFERED");
}

interface MailedCode {
  /** Locked by the transaction. */
  readonly user: UserRow;
  readonly waiting: SignInChallengeRow;
}

async function mailCode(deps: EmailCodeDeps, trx: DatabaseTransaction, { user, waiting }: MailedCode): Promise<void> {
  const now = deps.clock.now();
  const code = randomCode(deps.random);
  const [digest] = digestsOf(deps.keyRing, { user, waiting, code });
  if (digest === undefined) throw new Error("a key ring holds at least one key");
  const secondsLeft = (waiting.expires_at.getTime() - now.getTime()) / 1000;
  if (!(await storeMailedCode(trx, { id: waiting.id, digest, maxMails, now })))
    throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds: Math.max(1, Math.ceil(secondsLeft)) });
  const content = {
    template: "sign-in-code",
    code,
    validForMinutes: Math.max(1, Math.floor(secondsLeft / 60)),
  } as const;
  await mailUser(deps, trx, { recipient: user, content });
  const requested = { action: "second_factor.code_requested", kind: "user", targetId: user.public_id } as const;
  await recordEvent(deps, trx, requested);
}

/** Whether this is the code that was mailed last for the challenge. The caller counts guesses and uses the challenge up. */
export function isMailedCode(
  { keyRing }: Pick<EmailCodeDeps, "keyRing">,
  { code, ...mailed }: MailedCode & { readonly code: string },
): boolean {
  const { code_digest: expected } = mailed.waiting;
  const typed = code.replace(/\s/g, "");
  if (expected === null || typed.length !== codeDigits) return false;
  return digestsOf(keyRing, { ...mailed, code: typed }).some((digest) => timingSafeEqual(digest, expected));
}

/** HMAC-SHA-256 under each key of the ring, the newest first. The digest is valid for this challenge and address only. */
function digestsOf(keyRing: KeyRing, { user, waiting, code }: MailedCode & { readonly code: string }): Buffer[] {
  return keyRing
    .derive("sign-in code")
    .map((key) => createHmac("sha256", key).update(`${waiting.public_id}\n${user.email_canonical}\n${code}`).digest());
}
