import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { digestSecret, matchesDigest } from "../crypto/secret-digest.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { describeDeviceInput } from "./schema.ts";
import { changeDevice, type DeviceChanges, type DeviceRow, insertDevice, lockDevices, lockPushToken } from "./store.ts";

/** What an app says of the installation it runs in. */
export type DeviceDescription = z.output<typeof describeDeviceInput>;

interface InstallationDeps {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** An installation as an app describes it, and the user who is signed in on it. */
interface DescribedInstallation {
  readonly description: DeviceDescription;
  readonly userId: string | null;
}

/** An installation that was known, and the other device that has the push token which was brought. */
export interface KnownInstallation {
  readonly isNew: false;
  readonly device: DeviceRow;
  readonly holder: DeviceRow | undefined;
}

/**
 * The installation's row, locked; made if it is new, so that of two first calls one makes it. One that was known is as it
 * was, for {@link updateInstallation} to change.
 */
export async function findOrInsert(
  deps: InstallationDeps,
  trx: DatabaseTransaction,
  { description, userId }: DescribedInstallation,
): Promise<KnownInstallation | { readonly isNew: true; readonly device: DeviceRow }> {
  const { installationId, pushToken = null } = description;
  if (pushToken !== null) await lockPushToken(trx, pushToken);
  const rows = await lockDevices(trx, { installationId, pushToken });
  const known = rows.find((row) => row.installation_id === installationId);
  const holder = rows.find((row) => row !== known);
  if (known !== undefined) return { isNew: false, device: known, holder };
  // Nothing is taken from the holder before the installation is made: a call that finds it in use changes nothing.
  const fresh = { ...freshColumns(deps, description), ...(holder === undefined ? {} : { push_token: null }) };
  const inserted = await insertDevice(trx, { installation_id: installationId, user_id: userId, ...fresh });
  // Where it was made, or deleted, in between, it is looked for again.
  if (inserted === undefined) return await findOrInsert(deps, trx, { description, userId });
  if (holder === undefined) return { isNew: true, device: inserted };
  const made: KnownInstallation = { isNew: false, device: inserted, holder };
  return { isNew: true, device: await updateInstallation(deps, trx, { ...made, columns: { push_token: pushToken } }) };
}

/** Changes an installation that was known; the push token that was brought leaves the device that had it. */
export async function updateInstallation(
  deps: Pick<InstallationDeps, "clock">,
  trx: DatabaseTransaction,
  { device, holder, columns }: KnownInstallation & { readonly columns: DeviceChanges },
): Promise<DeviceRow> {
  await takePushToken(deps, trx, holder);
  return await changeDevice(trx, device.id, columns);
}

/** Whosever the device is that had it: messages for one installation must not reach another. */
async function takePushToken(
  { clock }: Pick<InstallationDeps, "clock">,
  trx: DatabaseTransaction,
  holder: DeviceRow | undefined,
): Promise<void> {
  if (holder !== undefined) await changeDevice(trx, holder.id, { push_token: null, updated_at: clock.now() });
}

/** A row as new: nothing in it but what the app says now. */
export function freshColumns(deps: InstallationDeps, description: DeviceDescription) {
  const { deviceSecret } = description;
  return {
    public_id: deps.random.uuid(),
    push_token: null,
    name: null,
    model: null,
    os_version: null,
    app_version: null,
    ...describedColumns(description),
    secret_digest: deviceSecret === undefined ? null : digestSecret(deviceSecret),
    active: true,
    created_at: deps.clock.now(),
    ...seenColumns(deps),
  };
}

/** What the app says anew; what it leaves out stays. A device that has no secret yet takes the one that the app brings. */
export function changedColumns(
  deps: Pick<InstallationDeps, "clock">,
  device: DeviceRow,
  description: DeviceDescription,
) {
  return { ...describedColumns(description), ...secretColumns(device, description), ...seenColumns(deps) };
}

/** Whether the app brings the secret of this device. */
export function provesDevice(description: DeviceDescription, device: DeviceRow): boolean {
  const { deviceSecret } = description;
  return (
    deviceSecret !== undefined && device.secret_digest !== null && matchesDigest(deviceSecret, device.secret_digest)
  );
}

function secretColumns(device: DeviceRow, { deviceSecret }: DeviceDescription) {
  return device.secret_digest === null && deviceSecret !== undefined
    ? { secret_digest: digestSecret(deviceSecret) }
    : {};
}

function describedColumns(description: DeviceDescription) {
  const { platform, pushToken, name, model, osVersion, appVersion } = description;
  return {
    platform,
    ...(pushToken === undefined ? {} : { push_token: pushToken }),
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(osVersion === undefined ? {} : { os_version: osVersion }),
    ...(appVersion === undefined ? {} : { app_version: appVersion }),
  };
}

function seenColumns(deps: Pick<InstallationDeps, "clock">) {
  const now = deps.clock.now();
  return { updated_at: now, last_seen_at: now };
}
