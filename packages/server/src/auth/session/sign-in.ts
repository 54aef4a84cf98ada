import type { DatabaseTransaction } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import type { DeviceDeps } from "../../device/service.ts";
import { claimDevice } from "../../device/service.ts";
import type { User } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import type { NoticeDeps } from "../notice/service.ts";
import { sendSecurityNotice } from "../notice/service.ts";
import type { SessionDeps } from "./service.ts";
import { type IssuedSession, startSession } from "./service.ts";
import { isNewDevice } from "./store.ts";

/** What starting a session on a device needs. */
export type SignInDeps = SessionDeps & DeviceDeps & NoticeDeps;

/** Where a call came from, as the session remembers it. */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string | null;
}

/** How somebody signs in, besides proving who they are. */
export interface SignIn {
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
  readonly origin: Origin;
}

/** What every way to sign in comes to. */
export interface SignedIn {
  readonly status: "signed_in";
  readonly user: User;
  readonly session: IssuedSession;
}

/** A proven sign-in. */
interface ProvenSignIn extends SignIn {
  /** RFC 8176 names, such as `pwd`; `email` for a link by mail, which has none there. */
  readonly methods: readonly string[];
}

/** Starts the user's session on the device, which becomes theirs. Throws `DEVICE_LINKED_TO_ANOTHER_USER`. */
export async function signIn(
  deps: SignInDeps,
  trx: DatabaseTransaction,
  user: UserRow,
  how: ProvenSignIn,
): Promise<IssuedSession> {
  await noticeNewDevice(deps, trx, user, how);
  const device = how.device === undefined ? undefined : await claimDevice(deps, trx, user.id, how.device);
  return await startSession(deps, trx, {
    user: { id: user.id, publicId: user.public_id },
    deviceId: device?.id ?? null,
    remembered: how.remember,
    methods: how.methods,
    ...how.origin,
  });
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
