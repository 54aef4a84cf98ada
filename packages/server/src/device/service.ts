import type { z } from "zod";
import { type Actor, attachDevice, isSignedInOn, lockSession, type Principal } from "../auth/session/index.ts";
import type { Clock } from "../clock.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { RandomSource } from "../crypto/random.ts";
import { digestSecret, matchesDigest } from "../crypto/secret-digest.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/index.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import { lockActiveUser } from "../user/index.ts";
import type { describeDeviceInput, deviceSchema, listDevicesInput, registerDeviceOutput } from "./schema.ts";
import {
  changeDevice,
  type DeviceRow,
  findDeviceIdsOf,
  findDeviceOf,
  insertDevice,
  listDevicesOf,
  lockDevice,
  lockDeviceOf,
} from "./store.ts";

interface DeviceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** A device as callers see it. */
export type Device = z.output<typeof deviceSchema>;

/** What an app says of the installation it runs in. */
export type DeviceDescription = z.output<typeof describeDeviceInput>;

const deviceSecretBytes = 32;

/** A device that was taken from its user. */
const nobodys = { user_id: null, active: false, push_token: null };

/** For who cannot prove that it is the same installation: what was stored for somebody else must not serve them. */
const nothingStored = { push_token: null, name: null, model: null, os_version: null, app_version: null };

/**
 * Registers or updates an installation without signing in. The first call decides its secret, the app's own or one made
 * here; every later one must bring it, whoever is signed in on the device. Throws `DEVICE_SECRET_INVALID`.
 */
export async function registerDevice(
  deps: DeviceDeps,
  description: DeviceDescription,
): Promise<z.output<typeof registerDeviceOutput>> {
  const deviceSecret = description.deviceSecret ?? deps.random.bytes(deviceSecretBytes).toString("base64url");
  const row = await inTransaction(deps.db, async (trx) => {
    const { device, isNew } = await findOrInsert(deps, trx, { ...description, deviceSecret }, null);
    if (isNew) return device;
    if (!mayRegister(description, device)) throw new GatehouseError("DEVICE_SECRET_INVALID");
    return await changeDevice(trx, device.id, {
      ...(provesDevice(description, device) ? {} : nothingStored),
      ...describedColumns(description),
      ...secretColumns(device, { ...description, deviceSecret }),
      ...(device.active ? {} : { active: true, user_id: null }),
      ...seenColumns(deps),
    });
  });
  return { device: toDevice(row), deviceSecret };
}

/**
 * Makes the installation the actor's and binds it to their session. Throws `DEVICE_LINKED_TO_ANOTHER_USER`, and
 * `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function linkDevice(deps: DeviceDeps, actor: Actor, description: DeviceDescription): Promise<Device> {
  return await inTransaction(deps.db, async (trx) => {
    // The user first, as whatever ends what a user has set up does: then a device is linked before that or after.
    const isActive = await lockActiveUser(trx, actor.userId);
    if (!isActive || !(await lockSession(trx, actor.session.id))) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const row = await claimDevice(deps, trx, actor.userId, description);
    await attachDevice(trx, actor.session.id, row.id);
    return toDevice(row);
  });
}

/**
 * Makes the installation the user's, whether it is new, anonymous or somebody else's. While another user is signed
 * in on it, that takes the device's secret. Throws `DEVICE_LINKED_TO_ANOTHER_USER`.
 */
export async function claimDevice(
  deps: DeviceDeps,
  trx: DatabaseTransaction,
  userId: string,
  description: DeviceDescription,
): Promise<DeviceRow> {
  const { device, isNew } = await findOrInsert(deps, trx, description, userId);
  if (isNew) return device;
  const isHandedOver = device.user_id !== null && device.user_id !== userId && !provesDevice(description, device);
  if (isHandedOver && (await isInUse(deps, trx, device))) throw new GatehouseError("DEVICE_LINKED_TO_ANOTHER_USER");
  return await changeDevice(trx, device.id, {
    ...(isHandedOver ? nothingStored : {}),
    ...describedColumns(description),
    ...secretColumns(device, description),
    user_id: userId,
    active: true,
    ...seenColumns(deps),
  });
}

/** The actor's devices, the newest first. Throws `INVALID_INPUT` for a foreign cursor. */
export async function listDevices(
  deps: Pick<DeviceDeps, "db"> & { readonly cursors: CursorCodec },
  actor: Principal,
  page: z.output<typeof listDevicesInput>,
): Promise<{ items: Device[]; nextCursor: string | null }> {
  const request = { list: `devices:${actor.userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listDevicesOf(deps.db, actor.userId, bounds));
  return { items: rows.map(toDevice), nextCursor };
}

/** Takes the installation from the actor: no push, no user. Throws `NOT_FOUND` if it is not theirs. */
export async function unlinkDevice(
  deps: Omit<DeviceDeps, "random">,
  actor: Principal,
  installationId: string,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const device = await lockDevice(trx, installationId);
    if (device === undefined || device.user_id !== actor.userId) throw new GatehouseError("NOT_FOUND");
    await changeDevice(trx, device.id, { ...nobodys, updated_at: deps.clock.now() });
  });
}

/** Whose devices are unlinked, and which of them stay. */
interface UnlinkedDevices {
  readonly userId: string;
  /** Default: none. */
  readonly except?: "those in use";
}

/**
 * Takes the installations from the user, or those on which they are not signed in. The user must be locked, so that none
 * is linked meanwhile; their sessions, if they end too, end first.
 */
export async function unlinkDevices(
  deps: Pick<DeviceDeps, "clock">,
  trx: DatabaseTransaction,
  { userId, except }: UnlinkedDevices,
): Promise<void> {
  const now = deps.clock.now();
  for (const id of inLockingOrder(await findDeviceIdsOf(trx, userId))) {
    const isTheirs = await lockDeviceOf(trx, { id, userId });
    const stays = except !== undefined && (await isSignedInOn(trx, { id, userId }, now));
    if (isTheirs && !stays) await changeDevice(trx, id, { ...nobodys, updated_at: now });
  }
}

/**
 * Stops push to those of these devices on which the user is no longer signed in, after some of their sessions ended. Each
 * device is locked first: of two sessions of it that end at once, the second sees that neither is left.
 */
export async function releaseDevices(
  deps: Pick<DeviceDeps, "clock">,
  trx: DatabaseTransaction,
  released: { readonly userId: string; readonly ids: readonly string[] },
): Promise<void> {
  const { userId, ids } = released;
  for (const id of inLockingOrder(ids)) {
    const isTheirs = await lockDeviceOf(trx, { id, userId });
    const now = deps.clock.now();
    if (!isTheirs || (await isSignedInOn(trx, { id, userId }, now))) continue;
    await changeDevice(trx, id, { active: false, updated_at: now });
  }
}

/** One order for all who lock several, so that no two of them wait for each other. */
function inLockingOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort();
}

/** Whether the installation proves to be one that is the user's, signed in or not; nobody has one. */
export async function isKnownDevice(
  deps: Pick<DeviceDeps, "db">,
  userId: string | null,
  description: DeviceDescription | undefined,
): Promise<boolean> {
  if (description?.deviceSecret === undefined) return false;
  const device = await findDeviceOf(deps.db, { installationId: description.installationId, userId });
  return device !== undefined && provesDevice(description, device);
}

/** The installation's row, locked; made if it is new, so that of two first calls one makes it. */
async function findOrInsert(
  deps: DeviceDeps,
  trx: DatabaseTransaction,
  description: DeviceDescription,
  userId: string | null,
): Promise<{ device: DeviceRow; isNew: boolean }> {
  const now = deps.clock.now();
  const inserted = await insertDevice(trx, {
    public_id: deps.random.uuid(),
    installation_id: description.installationId,
    user_id: userId,
    ...describedColumns(description),
    secret_digest: description.deviceSecret === undefined ? null : digestSecret(description.deviceSecret),
    active: true,
    created_at: now,
    updated_at: now,
    last_seen_at: now,
  });
  if (inserted !== undefined) return { device: inserted, isNew: true };
  const device = await lockDevice(trx, description.installationId);
  if (device === undefined) throw new Error(`Device ${description.installationId} vanished; devices are not deleted`);
  return { device, isNew: false };
}

async function isInUse(deps: DeviceDeps, trx: DatabaseTransaction, device: DeviceRow): Promise<boolean> {
  const { id, user_id: userId } = device;
  return userId !== null && (await isSignedInOn(trx, { id, userId }, deps.clock.now()));
}

/** One that was only ever linked has no secret; once nobody is signed in on it, the first to register it decides. */
function mayRegister(description: DeviceDescription, device: DeviceRow): boolean {
  return provesDevice(description, device) || (device.secret_digest === null && !device.active);
}

function provesDevice(description: DeviceDescription, device: DeviceRow): boolean {
  const { deviceSecret } = description;
  return (
    deviceSecret !== undefined && device.secret_digest !== null && matchesDigest(deviceSecret, device.secret_digest)
  );
}

/** A device that has no secret yet takes the one that its user brings. */
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

function seenColumns(deps: Pick<DeviceDeps, "clock">) {
  const now = deps.clock.now();
  return { updated_at: now, last_seen_at: now };
}

function toDevice(row: DeviceRow): Device {
  return {
    id: row.public_id,
    installationId: row.installation_id,
    platform: row.platform,
    name: row.name,
    model: row.model,
    osVersion: row.os_version,
    appVersion: row.app_version,
    active: row.active,
    hasPushToken: row.push_token !== null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastSeenAt: row.last_seen_at,
  };
}
