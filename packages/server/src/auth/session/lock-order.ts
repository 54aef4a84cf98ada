import type { DatabaseTransaction } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { lockDevices, lockPushToken } from "../../device/store.ts";
import { lockSessionsOf } from "./store.ts";

interface Locked {
  /** Locked by the caller, against sign-ins too. */
  readonly userId: string;
  /** What the call signs in on, if it does. */
  readonly device?: DeviceDescription | undefined;
}

/**
 * Locks what a call may change of a user's sessions and devices, in the one order that every call keeps, so that no two
 * wait for each other: the user, sessions, the push token that is brought, and devices by ascending internal id. A call
 * that does one thing, such as a logout or a sign-in, locks in that order by itself. One that does several, such as ending
 * sessions, unlinking devices and then signing in on one, calls this before the first.
 */
export async function lockSessionsAndDevices(trx: DatabaseTransaction, { userId, device }: Locked): Promise<void> {
  await lockSessionsOf(trx, userId);
  const { installationId, pushToken = null } = device ?? {};
  if (pushToken !== null) await lockPushToken(trx, pushToken);
  await lockDevices(trx, { userId, installationId, pushToken });
}
