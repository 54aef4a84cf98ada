import type { z } from "zod";
import type { Config } from "../../config.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { type DeviceDescription, signInDevice } from "../../device/installation.ts";
import { claimDevice, type DeviceDeps } from "../../device/service.ts";
import { GatehouseError } from "../../errors.ts";
import { type Origin, toUser, type User } from "../../user/service.ts";
import { lockActiveUser, type UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { IssuedSession } from "./issue.ts";
import type { deviceStatusSchema } from "./sign-in-schema.ts";
import { type StartedSession, type StartSessionDeps, startSession, startSessionAlone } from "./start.ts";
import { attachDevice } from "./store.ts";

/** What starting a session on a device needs. */
export type SignInDeps = StartSessionDeps & DeviceDeps & NoticeDeps & { readonly config: Pick<Config, "publicUrl"> };

/** How a user signs in, apart from their credentials. */
export interface SignIn {
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
  readonly origin: Origin;
}

type DeviceStatus = z.output<typeof deviceStatusSchema>;

/** The result of every way to sign in. */
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
  /** RFC 8176 names, such as `pwd`; `email` for a link by mail, which the RFC has no name for. */
  readonly methods: readonly string[];
  /** The version of the password that was verified, if one was. */
  readonly passwordVersion?: number;
}

/**
 * Starts a session of the user on the device, which becomes theirs. If another user is signed in on the device and the caller
 * does not send its secret, the session has no device: knowing the id of an installation must not let anybody keep its owner
 * from signing in. Throws `ACCOUNT_DISABLED`, and `INVALID_CREDENTIALS` if the verified password was replaced meanwhile.
 */
export async function signIn(deps: SignInDeps, trx: DatabaseTransaction, how: AuthenticatedSignIn): Promise<SignedIn> {
  const { user } = how;
  const started = await startSession(deps, trx, sessionOf(deps, how));
  if (started === undefined) throw await refusalOf(trx, user);
  return await completeSignIn(deps, trx, { how, started });
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
  // After the device is locked: a deadlock there repeats the transaction, and a rollback does not return a notice's budget.
  if (started.isNewDevice) await sendNewSignInNotice(deps, trx, how);
  return signedIn(deps, { how, started, isLinked });
}

/**
 * Signs in like {@link signIn}, in one statement, where that writes the session and its device and nothing else: if the owner
 * need not be told, and if the device is theirs or new. Returns `undefined` and changes nothing elsewhere, and if the sign-in
 * is refused; then call {@link signIn}.
 */
export async function signInAlone(
  deps: SignInDeps & { readonly db: Database },
  how: AuthenticatedSignIn,
): Promise<SignedIn | undefined> {
  const started = await startSessionAlone(deps, sessionOf(deps, how));
  return started && signedIn(deps, { how, started, isLinked: started.deviceId !== null });
}

/** Claims a device that the session's statement did not link, and puts the session on it. Returns whether it did. */
async function claimDeviceFor(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  { how, sessionId }: { readonly how: AuthenticatedSignIn; readonly sessionId: string },
): Promise<boolean> {
  if (how.device === undefined) return false;
  const device = await claimDevice(deps, trx, { userId: how.user.id, description: how.device });
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

async function refusalOf(trx: DatabaseTransaction, user: UserRow): Promise<GatehouseError> {
  return new GatehouseError((await lockActiveUser(trx, user.id)) ? "INVALID_CREDENTIALS" : "ACCOUNT_DISABLED");
}

/** Tells the owner about a sign-in on a new device. If it was not theirs, they can end it. */
async function sendNewSignInNotice(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  { user, device, origin }: AuthenticatedSignIn,
): Promise<void> {
  const name = device?.name ?? device?.model ?? device?.platform ?? origin.userAgent ?? "?";
  const notice = { template: "new-sign-in", at: deps.clock.now(), ip: origin.ip, device: name } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
}
