import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import { addSeconds } from "../clock.ts";
import type { Config } from "../config.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { UserRow } from "../user/store.ts";
import { type DeviceDescription, provesDevice } from "./installation.ts";
import { changeDevice, type DeviceRow, findOwnDevice, forgetTrust } from "./store.ts";

/** What the trust in devices depends on. */
export interface TrustDeps extends AuditDeps {
  readonly config: Pick<Config, "mfa">;
}

interface NamedDevice {
  readonly user: Pick<UserRow, "id" | "device_trust_after">;
  /** As the sign-in named it; `undefined` if it named none. */
  readonly device: DeviceDescription | undefined;
}

/**
 * Whether a sign-in on this device needs no second factor: the user proved one on it not too long ago and asked to trust it, the
 * sign-in sent the device's secret, and nothing ended the trust since. The user must be locked, so that a change of their factors or
 * their password comes before, and counts, or waits.
 */
export async function isTrusted(deps: TrustDeps, trx: DatabaseTransaction, named: NamedDevice): Promise<boolean> {
  const device = await findProven(trx, named);
  const until = device?.trusted_at && trustedUntil(deps, device.trusted_at);
  if (!until || until <= deps.clock.now()) return false;
  const { device_trust_after: after } = named.user;
  return after === null || (device.trusted_at !== null && device.trusted_at > after);
}

/**
 * Trusts the device from now on. Returns until when; `undefined` if the sign-in named no device of the user by its secret, or if the
 * server trusts none.
 */
export async function trustDevice(
  deps: TrustDeps,
  trx: DatabaseTransaction,
  named: NamedDevice,
): Promise<Date | undefined> {
  const device = await findProven(trx, named);
  if (device === undefined || deps.config.mfa.trustedDeviceSeconds === 0) return undefined;
  const now = deps.clock.now();
  await changeDevice(trx, device.id, { trusted_at: now });
  await recordEvent(deps, trx, { action: "device.trusted", kind: "device", targetId: device.public_id });
  return trustedUntil(deps, now);
}

/** Ends the trust in the user's device on which the session is, or was. The session must be locked before. */
export async function endTrustOf(
  trx: DatabaseTransaction,
  session: { readonly sessionId: string; readonly userId: string },
): Promise<void> {
  await forgetTrust(trx, session);
}

function trustedUntil({ config }: TrustDeps, since: Date): Date {
  return addSeconds(since, config.mfa.trustedDeviceSeconds);
}

/** The user's device, if the sign-in sent the secret that it has. */
async function findProven(trx: DatabaseTransaction, { user, device }: NamedDevice): Promise<DeviceRow | undefined> {
  if (device?.deviceSecret === undefined) return undefined;
  const known = await findOwnDevice(trx, { userId: user.id, installationId: device.installationId });
  return known !== undefined && provesDevice(device, known) ? known : undefined;
}
