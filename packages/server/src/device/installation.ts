import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { digestSecret, matchesDigest } from "../crypto/secret-digest.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { defaultPushService } from "./push-token-form.ts";
import type { describeDeviceInput } from "./schema.ts";
import { changeDevice, type DeviceChanges, type DeviceRow, insertDevice, lockDevices, lockPushToken } from "./store.ts";

/** An app's description of the installation that it runs in. */
export type DeviceDescription = z.output<typeof describeDeviceInput>;

interface InstallationDeps {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** An app's description of an installation, and the user who is signed in on it. */
interface DescribedInstallation {
  readonly description: DeviceDescription;
  readonly userId: string | null;
}

/** A known installation, and the other device, if any, that has the push token of the request. */
export interface KnownInstallation {
  readonly isNew: false;
  readonly device: DeviceRow;
  readonly holder: DeviceRow | undefined;
}

/** The columns with which a sign-in changes the user's own device, and those with which it adds a new one. */
export interface SignInDevice {
  readonly installationId: string;
  /** The push token of the request; `null` without one. */
  readonly pushToken: string | null;
  /** The digest of the secret of the request; `null` without one. A device keeps the secret that it has. */
  readonly secretDigest: Uint8Array | null;
  readonly changed: DeviceChanges;
  readonly fresh: ReturnType<typeof freshColumns> & { readonly installation_id: string };
}

/** The push columns of a device that has no token. */
export const noPushToken = { push_token: null, push_service: null, push_token_set_at: null };

/** Returns the device of a sign-in. The user's own device has the push token of the request already, or gets none. */
export function signInDevice(deps: InstallationDeps, description: DeviceDescription): SignInDevice {
  const { installationId, pushToken, deviceSecret } = description;
  // The token stays, and so does since when the device has it.
  const push = pushToken ? { push_service: pushServiceOf(description) } : pushColumns(deps, description);
  return {
    installationId,
    pushToken: pushToken ?? null,
    secretDigest: deviceSecret === undefined ? null : digestSecret(deviceSecret),
    changed: { ...describedColumns(description), ...push, ...seenColumns(deps) },
    fresh: { installation_id: installationId, ...freshColumns(deps, description) },
  };
}

/**
 * Finds the row of the installation, or inserts it, and locks it. Of two concurrent first calls, one inserts the row. A known
 * row stays unchanged; {@link updateInstallation} changes it.
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
  // The holder keeps the push token until the row is inserted. If another call has inserted the row, nothing has changed yet.
  const fresh = { ...freshColumns(deps, description), ...(holder === undefined ? {} : noPushToken) };
  const inserted = await insertDevice(trx, { installation_id: installationId, user_id: userId, ...fresh });
  // A concurrent call has inserted the row, which may be deleted again by now, so the search starts over.
  if (inserted === undefined) return await findOrInsert(deps, trx, { description, userId });
  if (holder === undefined) return { isNew: true, device: inserted };
  const made: KnownInstallation = { isNew: false, device: inserted, holder };
  const columns = pushColumns(deps, description);
  return { isNew: true, device: await updateInstallation(deps, trx, { ...made, columns }) };
}

/** Changes a known installation, and removes the push token of the request from the device that held it. */
export async function updateInstallation(
  deps: Pick<InstallationDeps, "clock">,
  trx: DatabaseTransaction,
  { device, holder, columns }: KnownInstallation & { readonly columns: DeviceChanges },
): Promise<DeviceRow> {
  await takePushToken(deps, trx, holder);
  return await changeDevice(trx, device.id, columns);
}

/** Removes the push token from its holder, even another user's: messages for one installation must not reach another. */
async function takePushToken(
  { clock }: Pick<InstallationDeps, "clock">,
  trx: DatabaseTransaction,
  holder: DeviceRow | undefined,
): Promise<void> {
  if (holder !== undefined) await changeDevice(trx, holder.id, { ...noPushToken, updated_at: clock.now() });
}

/** Returns the columns of a new device, which contain only what the app sent in this call. */
export function freshColumns(deps: InstallationDeps, description: DeviceDescription) {
  const { deviceSecret } = description;
  return {
    public_id: deps.random.uuid(),
    name: null,
    model: null,
    os_version: null,
    app_version: null,
    locale: null,
    time_zone: null,
    muted: false,
    ...describedColumns(description),
    ...noPushToken,
    ...pushColumns(deps, description),
    secret_digest: deviceSecret === undefined ? null : digestSecret(deviceSecret),
    trusted_at: null,
    active: true,
    created_at: deps.clock.now(),
    ...seenColumns(deps),
  };
}

/** Returns the columns that the app changes; fields that it leaves out stay. A device without a secret takes the app's. */
export function changedColumns(
  deps: Pick<InstallationDeps, "clock">,
  device: DeviceRow,
  description: DeviceDescription,
) {
  const push = pushColumns(deps, description, device);
  return { ...describedColumns(description), ...push, ...secretColumns(device, description), ...seenColumns(deps) };
}

/** Whether the app sent the secret of this device. */
export function provesDevice(description: DeviceDescription, device: Pick<DeviceRow, "secret_digest">): boolean {
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
  const { platform, name, model, osVersion, appVersion, locale, timeZone } = description;
  return {
    platform,
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(osVersion === undefined ? {} : { os_version: osVersion }),
    ...(appVersion === undefined ? {} : { app_version: appVersion }),
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
  };
}

/** Returns the push columns that the app changes. A device that sends the token again keeps since when it has that. */
function pushColumns(
  { clock }: Pick<InstallationDeps, "clock">,
  description: DeviceDescription,
  device?: Pick<DeviceRow, "push_token" | "push_token_set_at">,
) {
  const { pushToken } = description;
  if (pushToken === undefined) return {};
  if (pushToken === null) return noPushToken;
  const since = device?.push_token === pushToken ? device.push_token_set_at : null;
  const push_service = pushServiceOf(description);
  return { push_token: pushToken, push_service, push_token_set_at: since ?? clock.now() };
}

function pushServiceOf({ pushService, platform }: DeviceDescription) {
  return pushService ?? defaultPushService(platform);
}

function seenColumns(deps: Pick<InstallationDeps, "clock">) {
  const now = deps.clock.now();
  return { updated_at: now, last_seen_at: now };
}
