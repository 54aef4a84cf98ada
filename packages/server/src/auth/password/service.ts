import type { z } from "zod";
import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { type DeviceDescription, provesDevice } from "../../device/installation.ts";
import { GatehouseError } from "../../errors.ts";
import { consume, type LimitDeps } from "../../limits/consume.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { canonicalIdentifier } from "../../user/canonical.ts";
import { endHalfSignIns } from "../../user/second-factors.ts";
import type { Origin } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { type DeferredMailDeps, enqueueMailRequest } from "../notice/deferred-mail.ts";
import { mailLimitKeys, type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import { requireMailRedirect } from "../one-time-token/redirect.ts";
import { dropTokens } from "../one-time-token/store.ts";
import type { Caller } from "../session/actor.ts";
import type { EndSessionDeps } from "../session/end.ts";
import type { NewPasswordDeps } from "./policy.ts";
import { dropRecoveries } from "./recovery-store.ts";
import { rehashOutdated } from "./rehash.ts";
import type { forgotPasswordInput } from "./schema.ts";
import { findPassword, findUserWithPassword, isPasswordVersion, type PasswordRow } from "./store.ts";
import { type LoginAttempt, throttleLogin } from "./throttle.ts";

export { insertPassword } from "./store.ts";

/** What setting another password needs. */
export type RecoveryDeps = PasswordDeps & NewPasswordDeps & DeferredMailDeps & NoticeDeps & EndSessionDeps;

/** What verifying a password needs. */
export interface PasswordDeps extends LimitDeps {
  readonly db: Database;
  readonly passwords: PasswordHasher;
}

/** A password that was verified. */
export interface ProvenPassword {
  /** Differs for each password of the user. */
  readonly version: number;
}

/** A password as presented, and the account's; `undefined` for an account without one and for no account. */
interface PresentedPassword {
  readonly password: string;
  readonly stored: PasswordRow | undefined;
}

/** An account, as a sign-in with a password finds it. */
interface FoundAccount {
  readonly user: UserRow | undefined;
  readonly stored: PasswordRow | undefined;
  /** Whether the secret of the device proves that it is linked to the account's user, signed in or not. */
  readonly isKnownDevice: boolean;
  /** Whether the sign-in comes from a new place, of which the owner of the address has to be told. */
  readonly needsNotice: boolean;
}

interface SoughtAccount {
  readonly identifier: string;
  readonly device: DeviceDescription | undefined;
  readonly origin: Origin;
}

/**
 * The account with this email address, username or proven telephone number (E.164), and its password. Takes one statement whether
 * or not there is one, so that the time does not tell.
 */
export async function findAccount(
  db: Database,
  { identifier, device, origin: { ip, userAgent } }: SoughtAccount,
): Promise<FoundAccount> {
  const place = { installationId: device?.installationId ?? null, ip, userAgent };
  const row = await findUserWithPassword(db, { identifier: canonicalIdentifier(identifier), ...place });
  if (row === undefined) return { user: undefined, stored: undefined, isKnownDevice: false, needsNotice: false };
  const { hash, version, secret_digest, is_new_device, ...user } = row;
  return {
    user,
    stored: hash === null || version === null ? undefined : { hash, version },
    isKnownDevice: device !== undefined && provesDevice(device, { secret_digest }),
    needsNotice: is_new_device && user.email_verified_at !== null,
  };
}

/**
 * Verifies a password; returns `undefined` if it is not the user's. Takes the same time for a wrong password, a user without
 * a password and an unknown user. Every way to present a password calls it, so failures are counted at the same account.
 * Throws `TOO_MANY_REQUESTS`.
 */
export async function verifyPassword(
  deps: PasswordDeps,
  attempt: LoginAttempt,
  { password, stored }: PresentedPassword,
): Promise<ProvenPassword | undefined> {
  const { userId } = attempt;
  const isRight = await throttleLogin(deps, attempt, async () =>
    stored === undefined
      ? await deps.passwords.verifyNothing(password)
      : await deps.passwords.verify(password, stored.hash),
  );
  if (!isRight || stored === undefined || userId === null) return undefined;
  await rehashOutdated(deps, { userId, password, hash: stored.hash });
  return { version: stored.version };
}

/** Whether the verified password is still the user's; after a change, the old one must not sign anybody in. */
export async function isStillPassword(
  trx: DatabaseTransaction,
  userId: string,
  { version }: ProvenPassword,
): Promise<boolean> {
  return await isPasswordVersion(trx, { userId, version });
}

/** Whether the account has a password; its owner may sign in by magic links alone. */
export async function hasPassword(db: Database, userId: string): Promise<boolean> {
  return (await findPassword(db, userId)) !== undefined;
}

/**
 * Verifies the password of a signed-in actor; returns `undefined` if the account has none. Throws `CURRENT_PASSWORD_INVALID` and
 * `TOO_MANY_REQUESTS`.
 */
export async function proveCurrentPassword(
  deps: PasswordDeps,
  { actor, ip }: Caller,
  currentPassword: string | undefined,
): Promise<ProvenPassword | undefined> {
  const { userId, session } = actor;
  const stored = await findPassword(deps.db, userId);
  if (stored === undefined) return undefined;
  const attempt = { userId, identifier: userId, place: `session ${session.id}`, ip };
  const presented = currentPassword === undefined ? undefined : { password: currentPassword, stored };
  const proof = presented && (await verifyPassword(deps, attempt, presented));
  if (proof === undefined) throw new GatehouseError("CURRENT_PASSWORD_INVALID");
  return proof;
}

/**
 * Sends a link to choose another password to the address, if it belongs to an account that may sign in, as soon as the throttle
 * allows. Neither the answer nor its time reveals whether there is one. Throws `EMAIL_NOT_CONFIGURED`, `REDIRECT_NOT_ALLOWED` and
 * `TOO_MANY_REQUESTS`.
 */
export async function forgotPassword(
  deps: RecoveryDeps & { readonly config: RedirectRules },
  { email, ...given }: z.output<typeof forgotPasswordInput>,
  ip: string,
): Promise<void> {
  requireMail(deps.config);
  const redirectTo = requireMailRedirect(deps.config, given.redirectTo);
  await consume(deps, mailLimitKeys({ ip }));
  await inTransaction(deps.db, (trx) =>
    enqueueMailRequest(deps, trx, { template: "reset-password", email, ip, redirectTo }),
  );
}

/**
 * Ends earlier links and codes, and the trust in devices, and notifies the owner. Call it in the transaction that stores another
 * password.
 */
export async function settleNewPassword(deps: RecoveryDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  await dropTokens(trx, user.id, ["reset_password", "set_password", "magic_link", "confirm_email_change"]);
  await dropRecoveries(trx, user.id);
  await endHalfSignIns(deps, trx, user.id);
  await sendSecurityNotice(deps, trx, { user, notice: { template: "password-changed", at: deps.clock.now() } });
}
