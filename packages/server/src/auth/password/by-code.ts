import type { z } from "zod";
import { recordEvent } from "../../audit/record.ts";
import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { sealMessage } from "../../delivery/sealed-message.ts";
import { requireSms, type SmsDeps } from "../../delivery/sms/service.ts";
import { GatehouseError } from "../../errors.ts";
import { findUser, lockUser, type UserRow } from "../../user/store.ts";
import { type CodeDeps, isCode, maxAttempts } from "../one-time-token/code.ts";
import { validForMinutes } from "../one-time-token/lifetimes.ts";
import { digestLinkToken } from "../one-time-token/link.ts";
import { consumeSmsBudgets } from "../phone/budget.ts";
import { parsePhone } from "../phone/number.ts";
import { endSessions } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import { ownerOf } from "./known-words.ts";
import { newPassword } from "./policy.ts";
import { type RecoveryRequest, recoveryJob, recoveryTemplate } from "./recovery-job.ts";
import {
  countRecoveryAttempt,
  insertRecovery,
  type RecoveryRow,
  takeRecovery,
  uncountRecoveryAttempt,
} from "./recovery-store.ts";
import type { recoveryCodeOutput, resetByCodeInput, sendRecoveryCodeInput } from "./schema.ts";
import { type RecoveryDeps, settleNewPassword } from "./service.ts";
import { setPassword } from "./store.ts";
import { resetFailures } from "./throttle.ts";

/** What recovering an account by a code needs. */
type ByCodeDeps = RecoveryDeps & SmsDeps & CodeDeps & { readonly config: Pick<Config, "registrationIdentifiers"> };

const secretBytes = 32;

/**
 * Sends a code to the number, if it is the only way to an account that may sign in, and returns the secret that resets the
 * password together with the code. Neither the answer nor its time reveals whether there is such an account: it is looked up by
 * a job. Throws `SMS_NOT_CONFIGURED`, `INVALID_INPUT` for a text that is no number and where accounts are not registered by
 * numbers, and `TOO_MANY_REQUESTS`.
 */
export async function requestRecoveryCode(
  deps: ByCodeDeps,
  input: z.output<typeof sendRecoveryCodeInput>,
  ip: string,
): Promise<z.output<typeof recoveryCodeOutput>> {
  requireSms(deps.config);
  requireNumbers(deps.config);
  const phone = await parsePhone(input);
  await consumeSmsBudgets(deps, { sender: "stranger", phone, ip });
  const [recoveryId, secret] = [deps.random.uuid(), deps.random.bytes(secretBytes).toString("base64url")];
  const now = deps.clock.now();
  const expiresAt = addSeconds(now, validForMinutes.verify_phone * 60);
  const request: RecoveryRequest = { template: recoveryTemplate, recoveryId, phone };
  await inTransaction(deps.db, async (trx) => {
    const values = { public_id: recoveryId, digest: digestSecret(secret), created_at: now, expires_at: expiresAt };
    await insertRecovery(trx, values);
    await deps.jobs.enqueue(trx, recoveryJob, sealMessage(deps, "request", request));
  });
  return { status: "code_sent", recovery: secret, expiresAt };
}

function requireNumbers({ registrationIdentifiers }: ByCodeDeps["config"]): void {
  if (registrationIdentifiers.includes("phone")) return;
  const message = "This server recovers no accounts by a telephone number";
  throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "phone", message }] });
}

/**
 * Sets the password of the user whose number got the code, and ends all their sessions. It proves no more than the number, so a
 * second factor is asked for as before. Five guesses end the code; a right one whose password is refused counts for none. Throws
 * `PHONE_CODE_INVALID`, `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`.
 */
export async function resetPasswordByCode(
  deps: ByCodeDeps,
  { recovery, code, password }: z.output<typeof resetByCodeInput>,
): Promise<void> {
  const matched = await matchRecovery(deps, { recovery, code });
  const owner = matched && (await findUser(deps.db, matched.userId));
  if (matched === undefined || owner === undefined) throw new GatehouseError("PHONE_CODE_INVALID");
  const hash = await hashOrUncount(deps, { matched, owner, password });
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await redeem(deps, trx, matched);
    await lockSessionsAndDevices(trx, { userId: user.id });
    await endSessions(deps, trx, { userId: user.id, reason: "password_reset" });
    await setPassword(trx, { userId: user.id, hash }, deps.clock.now());
    await recordEvent(deps, trx, { action: "password.reset", kind: "user", targetId: user.public_id });
    await settleNewPassword(deps, trx, user);
  });
  await resetFailures(deps, owner.id);
}

/** A recovery whose code was right. */
type MatchedRecovery = Pick<RecoveryRow, "id" | "phone"> & { readonly userId: string };

/** Returns the recovery if this is its code. Every guess counts; a number without an account costs the same statement. */
async function matchRecovery(
  deps: ByCodeDeps,
  { recovery, code }: Pick<z.output<typeof resetByCodeInput>, "recovery" | "code">,
): Promise<MatchedRecovery | undefined> {
  const digest = digestLinkToken(recovery);
  const row = digest && (await countRecoveryAttempt(deps.db, { digest, maxAttempts, now: deps.clock.now() }));
  if (row === undefined) return undefined;
  const { id, public_id: holder, user_id: userId, phone, code_digest } = row;
  const isRight = isCode(deps, { holder, phone: phone ?? "", code }, code_digest ?? noDigest);
  return isRight && userId !== null ? { id, phone, userId } : undefined;
}

/** Of the length of a digest, and the digest of no code that anybody could find. */
const noDigest = Buffer.alloc(32);

interface Choice {
  readonly matched: MatchedRecovery;
  readonly owner: UserRow;
  readonly password: string;
}

async function hashOrUncount(deps: ByCodeDeps, { matched, owner, password }: Choice): Promise<string> {
  try {
    return await newPassword(deps, password, { owner: ownerOf(owner) });
  } catch (error) {
    await uncountRecoveryAttempt(deps.db, matched.id);
    throw error;
  }
}

/** Uses up the recovery and locks its user, unless the account got another number or an address, or may not sign in any more. */
async function redeem(
  deps: Pick<ByCodeDeps, "clock">,
  trx: DatabaseTransaction,
  { id, phone, userId }: MatchedRecovery,
): Promise<UserRow> {
  const user = await lockUser(trx, userId);
  const isTaken = user !== undefined && (await takeRecovery(trx, id, deps.clock.now()));
  const isSame = user?.phone === phone && user?.phone_verified_at !== null && user?.email === null;
  if (user === undefined || !isTaken || !isSame || user.status !== "active")
    throw new GatehouseError("PHONE_CODE_INVALID");
  return user;
}
