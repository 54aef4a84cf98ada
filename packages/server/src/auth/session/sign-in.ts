import type { z } from "zod";
import type { DatabaseTransaction } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { claimDevice, type DeviceDeps } from "../../device/service.ts";
import { type Origin, toUser, type User } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import { type IssuedSession, type SessionDeps, startSession } from "./service.ts";
import type { deviceStatusSchema } from "./sign-in-schema.ts";
import { isNewDevice } from "./store.ts";

/** What starting a session on a device needs. */
export type SignInDeps = SessionDeps & DeviceDeps & NoticeDeps;

/** How somebody signs in, besides proving who they are. */
export interface SignIn {
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
  readonly origin: Origin;
}

type DeviceStatus = z.output<typeof deviceStatusSchema>;

/** What every way to sign in comes to. */
export interface SignedIn {
  readonly status: "signed_in";
  readonly user: User;
  readonly session: IssuedSession;
  /** What became of the device that was named; left out where none was. */
  readonly deviceStatus?: DeviceStatus;
}

/** A proven sign-in. */
interface ProvenSignIn extends SignIn {
  /** RFC 8176 names, such as `pwd`; `email` for a link by mail, which has none there. */
  readonly methods: readonly string[];
}

/**
 * Starts the user's session on the device, which becomes theirs. Where another user is signed in on it, and its secret is
 * not brought, the session has no device: who knows the id of an installation must not keep its owner from signing in.
 */
export async function signIn(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  user: UserRow,
  how: ProvenSignIn,
): Promise<SignedIn> {
  const device = how.device === undefined ? undefined : await claimDevice(deps, trx, user.id, how.device);
  // After the device: a deadlock can end the transaction while it waits for that, and a notice spends a budget for good.
  await noticeNewDevice(deps, trx, user, how);
  const session = await startSession(deps, trx, {
    user: { id: user.id, publicId: user.public_id },
    deviceId: device?.id ?? null,
    remembered: how.remember,
    methods: how.methods,
    ...how.origin,
  });
  const named = { deviceStatus: device === undefined ? "linked_to_another_user" : "linked" } as const;
  return { status: "signed_in", user: toUser(user), session, ...(how.device === undefined ? {} : named) };
}

/** An owner who is told of a sign-in that was not theirs can end it before it does harm. */
async function noticeNewDevice(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  user: UserRow,
  { device, origin }: SignIn,
): Promise<void> {
  const from = { userId: user.id, ...origin, installationId: device?.installationId };
  if (!(await isNewDevice(trx, from))) return;
  const name = device?.name ?? device?.model ?? device?.platform ?? origin.userAgent ?? "?";
  await sendSecurityNotice(deps, trx, user, {
    template: "new-sign-in",
    at: deps.clock.now(),
    ip: origin.ip,
    device: name,
  });
}
