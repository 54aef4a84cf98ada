import { digestSecret } from "../crypto/secret-digest.ts";

/**
 * The key of the advisory lock that lets one transaction at a time give this token to a device. The lock must be taken before
 * any device is locked, because another order could deadlock (see `lockSessionsAndDevices`).
 */
export function pushTokenLock(pushToken: string): string {
  return digestSecret(pushToken).readBigInt64BE().toString();
}
