import type { z } from "zod";
import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { consume, type LimitDeps } from "../../limits/consume.ts";
import type { UserRow } from "../../user/store.ts";
import { type DeferredMailDeps, enqueueMailRequest } from "../notice/deferred-mail.ts";
import { mailLimitKeys, type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import { dropTokens } from "../one-time-token/store.ts";
import type { Actor } from "../session/actor.ts";
import type { EndSessionDeps } from "../session/end.ts";
import type { NewPasswordDeps } from "./policy.ts";
import { rehashOutdated } from "./rehash.ts";
import type { forgotPasswordInput } from "./schema.ts";
import { findPassword, isPasswordVersion } from "./store.ts";
import { type LoginAttempt, throttleLogin } from "./throttle.ts";

export { insertPassword } from "./store.ts";

/** What choosing another password needs. */
export type RecoveryDeps = PasswordDeps & NewPasswordDeps & DeferredMailDeps & NoticeDeps & EndSessionDeps;

/** What looking at a password needs. */
export interface PasswordDeps extends LimitDeps {
  readonly db: Database;
  readonly passwords: PasswordHasher;
}

/** Who calls, and from where. */
interface Caller {
  readonly actor: Actor;
  readonly ip: string;
}

/** A password that was right when it was checked. */
export interface ProvenPassword {
  /** Tells it from those that came before it and after. */
  readonly version: number;
}

/**
 * Checks a password; `undefined` if it is not the user's. Takes the same time for a wrong one, a user without one and
 * nobody at all. Every way to present a password goes through here and counts its failures at the same account. Throws
 * `TOO_MANY_REQUESTS`.
 */
export async function provePassword(
  deps: PasswordDeps,
  attempt: LoginAttempt,
  password: string,
): Promise<ProvenPassword | undefined> {
  const { userId } = attempt;
  const stored = await findPassword(deps.db, userId);
  const isRight = await throttleLogin(deps, attempt, async () =>
    stored === undefined
      ? await deps.passwords.verifyNothing(password)
      : await deps.passwords.verify(password, stored.hash),
  );
  if (!isRight || stored === undefined || userId === null) return undefined;
  await rehashOutdated(deps, { userId, password, hash: stored.hash });
  return { version: stored.version };
}

/** Whether what was proven still is the user's password; whoever changed it since wants the old one to open nothing. */
export async function isStillPassword(
  trx: DatabaseTransaction,
  userId: string,
  { version }: ProvenPassword,
): Promise<boolean> {
  return await isPasswordVersion(trx, { userId, version });
}

/** Whether the account has a password; one whose owner signs in otherwise may have none. */
export async function hasPassword(db: Database, userId: string): Promise<boolean> {
  return (await findPassword(db, userId)) !== undefined;
}

/**
 * Proves that the actor knows the account's password besides having its session; `undefined` where the account has none.
 * Throws `CURRENT_PASSWORD_INVALID` and `TOO_MANY_REQUESTS`.
 */
export async function proveCurrentPassword(
  deps: PasswordDeps,
  { actor, ip }: Caller,
  currentPassword: string | undefined,
): Promise<ProvenPassword | undefined> {
  const { userId, session } = actor;
  if (!(await hasPassword(deps.db, userId))) return undefined;
  const attempt = { userId, identifier: userId, device: undefined, sessionId: session.id, ip };
  const proof = currentPassword === undefined ? undefined : await provePassword(deps, attempt, currentPassword);
  if (proof === undefined) throw new GatehouseError("CURRENT_PASSWORD_INVALID");
  return proof;
}

/**
 * Has a link to choose another password sent to the address, if there is an account with it that may sign in: at once, or
 * when it has its turn. Neither the answer nor its time says whether there is, or when that will be. Throws
 * `EMAIL_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`.
 */
export async function forgotPassword(
  deps: RecoveryDeps,
  { email }: z.output<typeof forgotPasswordInput>,
  ip: string,
): Promise<void> {
  requireMail(deps.config);
  await consume(deps, mailLimitKeys({ ip }));
  await inTransaction(deps.db, (trx) => enqueueMailRequest(deps, trx, { template: "reset-password", email, ip }));
}

/** What follows from another password, in the transaction that stores it: links that were asked for before it open nothing, and its owner is told. */
export async function settleNewPassword(deps: RecoveryDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  await dropTokens(trx, user.id, ["reset_password", "magic_link", "confirm_email_change"]);
  await sendSecurityNotice(deps, trx, user, { template: "password-changed", at: deps.clock.now() });
}
