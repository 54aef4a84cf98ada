import type { DatabaseTransaction } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { lockDevices, lockPushToken } from "../../device/store.ts";
import { lockSessionsOf } from "./store.ts";

interface Locked {
  /** The user, whom the caller has locked, against sign-ins too. */
  readonly userId: string;
  /** The device that the call signs in on, if it does. */
  readonly device?: DeviceDescription | undefined;
}

/**
 * Locks the sessions and devices of a user that a call may change. Every call locks in this order, so that no two deadlock: the
 * user, sessions, the push token of the request, and devices by ascending internal id. A call that does one thing, such as a
 * logout or a sign-in, locks in that order by itself. A call that does several, such as ending sessions, unlinking devices and
 * then signing in on one, calls this first.
 */
export async function lockSessionsAndDevices(trx: DatabaseTransaction, { userId, device }: Locked): Promise<void> {
  await lockSessionsOf(trx, userId);
  const { installationId, pushToken = null } = device ?? {};
  if (pushToken !== null) await lockPushToken(trx, pushToken);
  await lockDevices(trx, { userId, installationId, pushToken });
}
