import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import type { Config } from "../../config.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { type DeviceDescription, signInDevice } from "../../device/installation.ts";
import { claimDevice, type DeviceDeps, publishAddedDevice } from "../../device/service.ts";
import { isTrusted } from "../../device/trust.ts";
import { GatehouseError } from "../../errors.ts";
import { type Origin, toUser, type User } from "../../user/service.ts";
import { lockActiveUserRow, type UserRow } from "../../user/store.ts";
import { mayBeHeard, publishEvent } from "../../webhook/publish.ts";
import { challengeSignIn, type SecondFactorRequired } from "../mfa/challenge.ts";
import {
  type AddressedNotice,
  type NoticeDeps,
  type PreparedNotice,
  prepareSecurityNotice,
  sendSecurityNotice,
} from "../notice/service.ts";
import { isPasswordVersion } from "../password/store.ts";
import type { IssuedSession } from "./issue.ts";
import { provesSecondFactor, type SignInMethodName } from "./methods.ts";
import type { deviceStatusSchema } from "./sign-in-schema.ts";
import { type StartedSession, type StartSessionDeps, startSession, startSessionAlone } from "./start.ts";
import type { IdentityUse } from "./start-store.ts";
import { attachDevice } from "./store.ts";

/** What starting a session on a device needs. */
export type SignInDeps = StartSessionDeps &
  DeviceDeps &
  NoticeDeps & { readonly config: Pick<Config, "mail" | "mfa" | "publicUrl"> };

/** How a user signs in, apart from their credentials. */
export interface SignIn {
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
  readonly origin: Origin;
}

type DeviceStatus = z.output<typeof deviceStatusSchema>;

/** The result of every way to sign in: a session, or what is still to be proven before there is one. */
export type SignInResult = SignedIn | SecondFactorRequired;

/** A sign-in that started a session. */
export interface SignedIn {
  readonly status: "signed_in";
  readonly user: User;
  readonly session: IssuedSession;
  /** What happened to the device that the sign-in named; absent if it named none. */
  readonly deviceStatus?: DeviceStatus;
}

/** A sign-in whose user has been authenticated. */
interface AuthenticatedSignIn extends SignIn {
  readonly user: UserRow;
  /** What the user proved, by the names of `methods.ts`. */
  readonly methods: readonly SignInMethodName[];
  /** The version of the password that was verified, if one was. */
  readonly passwordVersion?: number;
}

/**
 * Starts a session of the user on the device, which becomes theirs; every way to sign in ends here. If the account takes a second
 * factor and `methods` has none, no session starts and the result asks for it, unless the user trusts the device. If another user
 * is signed in on the device and the caller does not send its secret, the session has no device: knowing the id of an installation
 * must not let anybody keep its owner from signing in. Throws `ACCOUNT_DISABLED`, and `INVALID_CREDENTIALS` if the verified password was replaced meanwhile.
 */
export async function signIn(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  how: AuthenticatedSignIn,
): Promise<SignInResult> {
  const started = await startSession(deps, trx, sessionOf(deps, how));
  if (started !== undefined) return await completeSignIn(deps, trx, { how, started });
  const { methods, passwordVersion, remember, device } = how;
  const user = await lockHalfSignedIn(trx, how);
  if (!(await isTrusted(deps, trx, { user, device })))
    return await challengeSignIn(deps, trx, { user, methods, passwordVersion, remember, device });
  // The lock keeps the trust as it is, and a session that has a second factor starts or is refused.
  return await signIn(deps, trx, { ...how, methods: [...methods, "trusted_device"] });
}

/**
 * Like {@link signIn}, where no second factor can be missing: of an account that the transaction created, or by a proof that is
 * several factors at once.
 */
export async function signInCompletely(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  how: AuthenticatedSignIn,
): Promise<SignedIn> {
  const result = await signIn(deps, trx, how);
  if (result.status !== "signed_in") throw new Error("A second factor was asked for.");
  return result;
}

/** A sign-in whose session is stored. */
interface StartedSignIn {
  readonly how: AuthenticatedSignIn;
  readonly started: StartedSession;
}

/** Does the rest of a sign-in, for a session that was stored in another statement than {@link signIn}'s. */
export async function completeSignIn(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  { how, started }: StartedSignIn,
): Promise<SignedIn> {
  const isLinked = started.deviceId !== null || (await claimDeviceFor(deps, trx, { how, sessionId: started.id }));
  await publishSignIn(deps, trx, { how, started });
  // After the device is locked: a deadlock there repeats the transaction, and a rollback does not return a notice's budget.
  if (started.isNewDevice) await sendSecurityNotice(deps, trx, newSignInNotice(deps, how));
  return signedIn(deps, { how, started, isLinked });
}

async function publishSignIn(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  { how, started }: StartedSignIn,
): Promise<void> {
  const { user, methods, remember: remembered, origin } = how;
  const userId = user.public_id;
  const { ip, userAgent } = origin;
  const session = { id: started.issued.id, userId, methods: [...methods], remembered, ip, userAgent };
  await publishEvent(deps, trx, { type: "session.created", data: { ...session, createdAt: deps.clock.now() } });
  // A device that was claimed is published by that.
  const { deviceId, isDeviceAdded } = started;
  if (deviceId !== null && isDeviceAdded) await publishAddedDevice(deps, trx, { deviceId, userId });
}

/** Whether a sign-in may have to be published, which takes the transaction of {@link signIn}. */
export function isSignInHeard(deps: SignInDeps): boolean {
  return mayBeHeard(deps, "session.created", "device.linked");
}

/** A sign-in that may be one statement. */
interface LoneSignIn extends AuthenticatedSignIn {
  /** The identity by which the user signs in, whose use the statement notes. Default: none. */
  readonly identityUse?: IdentityUse;
  /** Whether the owner has to be told, as far as it was known before the sign-in. */
  readonly needsNotice: boolean;
}

/**
 * Signs in like {@link signIn}, in one statement, where that writes the session, its device and the notice to the owner, and
 * nothing else: if the device is theirs or new, and if {@link isSignInHeard} is false. Returns `undefined` and changes nothing
 * elsewhere, and if the sign-in is refused; then call {@link signIn}.
 */
export async function signInAlone(
  deps: SignInDeps & { readonly db: Database },
  how: LoneSignIn,
): Promise<SignedIn | undefined> {
  if (!how.needsNotice) return await signInWith(deps, how);
  const notice = await prepareSecurityNotice(deps, newSignInNotice(deps, how));
  return notice && (await signInWith(deps, how, notice));
}

async function signInWith(
  deps: SignInDeps & { readonly db: Database },
  how: LoneSignIn,
  notice?: PreparedNotice,
): Promise<SignedIn | undefined> {
  const { identityUse } = how;
  const alone = await startSessionAlone(deps, { ...sessionOf(deps, how), identityUse }, notice?.statement);
  if (!alone?.isTold) await notice?.cancel();
  return alone && signedIn(deps, { how, started: alone.started, isLinked: alone.started.deviceId !== null });
}

/** Claims a device that the session's statement did not link, and puts the session on it. Returns whether it did. */
async function claimDeviceFor(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  { how, sessionId }: { readonly how: AuthenticatedSignIn; readonly sessionId: string },
): Promise<boolean> {
  if (how.device === undefined) return false;
  const claiming = inNameOf(deps, how.user.public_id);
  const device = await claimDevice(claiming, trx, { userId: how.user.id, description: how.device });
  if (device !== undefined) await attachDevice(trx, sessionId, device.id);
  return device !== undefined;
}

function sessionOf(
  deps: SignInDeps,
  { user, device: described, passwordVersion, remember, methods, origin }: AuthenticatedSignIn,
) {
  const device = described && signInDevice(deps, described);
  const { id, public_id: publicId } = user;
  return { user: { id, publicId }, device, passwordVersion, remembered: remember, methods, ...origin };
}

interface Completion {
  readonly how: AuthenticatedSignIn;
  readonly started: StartedSession;
  readonly isLinked: boolean;
}

function signedIn({ config }: Pick<SignInDeps, "config">, { how, started, isLinked }: Completion): SignedIn {
  const named = { deviceStatus: isLinked ? "linked" : "linked_to_another_user" } as const;
  const device = how.device === undefined ? {} : named;
  return { status: "signed_in", user: toUser(how.user, config), session: started.issued, ...device };
}

/**
 * Locks the user if only the second factor is missing. A caller who has not proven the first does not learn that there is a second.
 * Throws `ACCOUNT_DISABLED` and `INVALID_CREDENTIALS`.
 */
async function lockHalfSignedIn(
  trx: DatabaseTransaction,
  { user: { id }, methods, passwordVersion }: AuthenticatedSignIn,
): Promise<UserRow> {
  const user = await lockActiveUserRow(trx, id);
  if (user === undefined) throw new GatehouseError("ACCOUNT_DISABLED");
  const isHalfDone = user.second_factors.length > 0 && !provesSecondFactor(methods);
  const isStillProven =
    passwordVersion === undefined || (await isPasswordVersion(trx, { userId: id, version: passwordVersion }));
  if (!(isHalfDone && isStillProven)) throw new GatehouseError("INVALID_CREDENTIALS");
  return user;
}

/** Tells the owner about a sign-in on a new device. If it was not theirs, they can end it. */
function newSignInNotice({ clock }: SignInDeps, { user, device, origin }: AuthenticatedSignIn): AddressedNotice {
  // Of a browser, the user agent says more than "web".
  const platform = device?.platform === "web" ? null : device?.platform;
  const name = device?.name ?? device?.model ?? platform ?? origin.userAgent ?? "?";
  return { user, notice: { template: "new-sign-in", at: clock.now(), ip: origin.ip, device: name } };
}
