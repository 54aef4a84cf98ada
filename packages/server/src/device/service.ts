import type { z } from "zod";
import type { Actor, Principal } from "../auth/session/actor.ts";
import { attachDevice } from "../auth/session/current-session.ts";
import { isSignedInOn, lockSession } from "../auth/session/store.ts";
import type { Clock } from "../clock.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import { lockActiveUser } from "../user/store.ts";
import {
  changedColumns,
  type DeviceDescription,
  findOrInsert,
  freshColumns,
  provesDevice,
  updateInstallation,
} from "./installation.ts";
import type { deviceSchema, listDevicesInput, registerDeviceOutput } from "./schema.ts";
import {
  changeDevice,
  type DeviceRow,
  findDeviceIdsOf,
  findDeviceOf,
  listDevicesOf,
  lockDevice,
  lockDeviceOf,
} from "./store.ts";

/** What devices need. */
export interface DeviceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** A device as callers see it. */
export type Device = z.output<typeof deviceSchema>;

const deviceSecretBytes = 32;

/** A device that was taken from its user. */
const nobodys = { user_id: null, active: false, push_token: null };

/**
 * Registers or updates an installation without signing in. The first call decides its secret, the app's own or one made
 * here; every later one must bring it, also while somebody is signed in on the device. A push token leaves the device that had it.
 * Throws `DEVICE_SECRET_INVALID`.
 */
export async function registerDevice(
  deps: DeviceDeps,
  description: DeviceDescription,
): Promise<z.output<typeof registerDeviceOutput>> {
  const deviceSecret = description.deviceSecret ?? deps.random.bytes(deviceSecretBytes).toString("base64url");
  const row = await inRetriedTransaction(deps.db, (trx) => registerIn(deps, trx, { ...description, deviceSecret }));
  return { device: toDevice(row), deviceSecret };
}

async function registerIn(
  deps: DeviceDeps,
  trx: DatabaseTransaction,
  description: DeviceDescription,
): Promise<DeviceRow> {
  const found = await findOrInsert(deps, trx, { description, userId: null });
  const { device } = found;
  if (found.isNew) return device;
  if (provesDevice(description, device)) {
    const owner = device.active ? {} : { active: true, user_id: null };
    const columns = { ...changedColumns(deps, device, description), ...owner };
    return await updateInstallation(deps, trx, { ...found, columns });
  }
  // One that was only ever linked has no secret; once nobody is signed in on it, the first to register it decides.
  const isFree = device.secret_digest === null && !device.active;
  if (!isFree) throw new GatehouseError("DEVICE_SECRET_INVALID");
  const columns = { ...freshColumns(deps, description), user_id: null };
  return await updateInstallation(deps, trx, { ...found, columns });
}

/**
 * Makes the installation the actor's and binds it to their session. Throws `DEVICE_LINKED_TO_ANOTHER_USER`, and
 * `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function linkDevice(deps: DeviceDeps, actor: Actor, description: DeviceDescription): Promise<Device> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    // The user first, as whatever ends what a user has set up does: then a device is linked before that or after.
    const isActive = await lockActiveUser(trx, actor.userId);
    if (!isActive || !(await lockSession(trx, actor.session.id))) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const row = await claimDevice(deps, trx, { userId: actor.userId, description });
    if (row === undefined) throw new GatehouseError("DEVICE_LINKED_TO_ANOTHER_USER");
    await attachDevice(trx, actor.session.id, row.id);
    return toDevice(row);
  });
}

/**
 * Makes the installation the user's, whether it is new, anonymous or somebody else's. Without the device's secret it
 * starts clean, with another id and nothing that was stored for anybody else. A push token leaves the device that had it.
 * `undefined`, and nothing is changed, where another user is signed in on the installation and the secret is not brought.
 */
export async function claimDevice(
  deps: DeviceDeps,
  trx: DatabaseTransaction,
  { userId, description }: { readonly userId: string; readonly description: DeviceDescription },
): Promise<DeviceRow | undefined> {
  const found = await findOrInsert(deps, trx, { description, userId });
  const { device } = found;
  if (found.isNew) return device;
  const isTheirs = device.user_id === userId || provesDevice(description, device);
  if (!isTheirs && (await isInUse(deps, trx, device))) return undefined;
  const columns = isTheirs ? changedColumns(deps, device, description) : freshColumns(deps, description);
  return await updateInstallation(deps, trx, { ...found, columns: { ...columns, user_id: userId, active: true } });
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
  await inRetriedTransaction(deps.db, async (trx) => {
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

/** One order for all who lock several, that of the numbers which internal ids are: no two of them wait for each other. */
function inLockingOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort((a, b) => Number(BigInt(a) - BigInt(b)));
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

async function isInUse(deps: DeviceDeps, trx: DatabaseTransaction, device: DeviceRow): Promise<boolean> {
  const { id, user_id: userId } = device;
  return userId !== null && (await isSignedInOn(trx, { id, userId }, deps.clock.now()));
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
