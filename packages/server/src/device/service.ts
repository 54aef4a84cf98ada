import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent, recordEvents } from "../audit/record.ts";
import type { Actor, Principal } from "../auth/session/actor.ts";
import { attachDevice } from "../auth/session/current-session.ts";
import { isSignedInOn, lockSession } from "../auth/session/store.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import { findPublicId, lockActiveUser } from "../user/store.ts";
import { type EventDeps, mayBeHeard, publishEvent } from "../webhook/publish.ts";
import { type Device, toDevice } from "./device.ts";
import { recordDevice } from "./events.ts";
import {
  changedColumns,
  type DeviceDescription,
  findOrInsert,
  freshColumns,
  noPushToken,
  provesDevice,
  updateInstallation,
} from "./installation.ts";
import type { listDevicesInput, registerDeviceOutput } from "./schema.ts";
import {
  changeDevice,
  type DeviceRow,
  findDevice,
  findDeviceIdsOf,
  listDevicesOf,
  lockDevice,
  lockDeviceOf,
} from "./store.ts";

/** The dependencies of the device service. */
export interface DeviceDeps extends AuditDeps, EventDeps {
  readonly db: Database;
}

const deviceSecretBytes = 32;

/** What a user decided about their device, which does not hold for the next. */
const personalColumns = { muted: false, trusted_at: null };

/** The columns of a device that was unlinked from its user. */
const nobodys = { user_id: null, active: false, ...noPushToken, ...personalColumns };

/**
 * Registers or updates an installation without a sign-in. The first call sets the device's secret, which the app chooses or
 * the server generates. Every later call must send the secret, even while a user is signed in on the device. A push token is
 * removed from the device that held it before. Throws `DEVICE_SECRET_INVALID`.
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
  const after = found.isNew
    ? device
    : await updateInstallation(deps, trx, { ...found, columns: registeredColumns(deps, device, description) });
  const before = found.isNew ? undefined : device;
  await recordDevice(deps, trx, { action: "device.registered", before, after });
  return found.isNew ? after : await publishOwner(deps, trx, { before, after });
}

function registeredColumns(deps: DeviceDeps, device: DeviceRow, description: DeviceDescription) {
  if (provesDevice(description, device)) {
    const owner = device.active ? {} : { active: true, user_id: null, ...personalColumns };
    return { ...changedColumns(deps, device, description), ...owner };
  }
  // A device that was only ever linked has no secret. Once nobody is signed in on it, the next registration sets the secret.
  const isFree = device.secret_digest === null && !device.active;
  if (!isFree) throw new GatehouseError("DEVICE_SECRET_INVALID");
  return { ...freshColumns(deps, description), user_id: null };
}

/**
 * Links the installation to the actor and to the actor's session. Throws `DEVICE_LINKED_TO_ANOTHER_USER`, and
 * `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function linkDevice(deps: DeviceDeps, actor: Actor, description: DeviceDescription): Promise<Device> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    // The user is locked first, as in every call that ends a user's sessions and devices. This link then comes before or after
    // such a call, never in the middle of it.
    const isActive = await lockActiveUser(trx, actor.userId);
    if (!isActive || !(await lockSession(trx, actor.session.id))) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const row = await claimDevice(deps, trx, { userId: actor.userId, description });
    if (row === undefined) throw new GatehouseError("DEVICE_LINKED_TO_ANOTHER_USER");
    await attachDevice(trx, actor.session.id, row.id);
    return toDevice(row);
  });
}

/**
 * Links the installation to the user, who is the actor, whether it is new, anonymous or another user's, and records it. Without the
 * device's secret, an installation that was not the user's starts clean, with a new id and without its stored data. The trust in a
 * device of another user ends, and it is no longer muted. A push token is removed from the device that held it before. Returns
 * `undefined`, and changes nothing, if another user is signed in on the installation and the secret is missing or wrong.
 */
export async function claimDevice(
  deps: DeviceDeps,
  trx: DatabaseTransaction,
  { userId, description }: { readonly userId: string; readonly description: DeviceDescription },
): Promise<DeviceRow | undefined> {
  const found = await findOrInsert(deps, trx, { description, userId });
  const { device } = found;
  const action = "device.linked";
  if (found.isNew) {
    await recordDevice(deps, trx, { action, before: undefined, after: device });
    return await publishOwner(deps, trx, { before: undefined, after: device });
  }
  const isTheirs = device.user_id === userId || provesDevice(description, device);
  if (!isTheirs && (await isInUse(deps, trx, device))) return undefined;
  const described = isTheirs ? changedColumns(deps, device, description) : freshColumns(deps, description);
  const personal = device.user_id === userId ? {} : personalColumns;
  const columns = { ...described, ...personal, user_id: userId, active: true };
  const after = await updateInstallation(deps, trx, { ...found, columns });
  await recordDevice(deps, trx, { action, before: device, after });
  return await publishOwner(deps, trx, { before: device, after });
}

/** A device, and what it was before; `undefined` if it is new. */
interface ChangedDevice {
  readonly before: DeviceRow | undefined;
  readonly after: DeviceRow;
}

/** Tells webhooks whose the device was and whose it has become, unless that is the same. Returns the device. */
async function publishOwner(
  deps: EventDeps,
  trx: DatabaseTransaction,
  { before, after }: ChangedDevice,
): Promise<DeviceRow> {
  const [formerId, userId] = [before?.user_id ?? null, after.user_id];
  if (formerId === userId) return after;
  if (before !== undefined && formerId !== null) {
    await publishDevice(deps, trx, { type: "device.unlinked", device: before, userId: formerId });
  }
  if (userId !== null) await publishDevice(deps, trx, { type: "device.linked", device: after, userId });
  return after;
}

interface DeviceEvent {
  readonly type: "device.linked" | "device.unlinked";
  readonly device: DeviceRow;
  /** The internal id of the user whose the device is, or was. */
  readonly userId: string;
}

async function publishDevice(
  deps: EventDeps,
  trx: DatabaseTransaction,
  { type, device, userId }: DeviceEvent,
): Promise<void> {
  if (!mayBeHeard(deps, type)) return;
  const publicId = await findPublicId(trx, userId);
  if (publicId !== undefined) await publishEvent(deps, trx, { type, data: { ...toDevice(device), userId: publicId } });
}

/** Tells webhooks of a device that the statement of a sign-in added; `userId` is the public id of its user. */
export async function publishAddedDevice(
  deps: EventDeps,
  trx: DatabaseTransaction,
  { deviceId, userId }: { readonly deviceId: string; readonly userId: string },
): Promise<void> {
  if (!mayBeHeard(deps, "device.linked")) return;
  const device = await findDevice(trx, deviceId);
  if (device !== undefined)
    await publishEvent(deps, trx, { type: "device.linked", data: { ...toDevice(device), userId } });
}

/** Lists the actor's devices, the newest first. Throws `INVALID_INPUT` for a cursor that this list did not return. */
export async function listDevices(
  deps: Pick<DeviceDeps, "db"> & { readonly cursors: CursorCodec },
  actor: Pick<Principal, "userId" | "userPublicId">,
  page: z.output<typeof listDevicesInput>,
): Promise<{ items: Device[]; nextCursor: string | null }> {
  const request = { list: `devices:${actor.userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listDevicesOf(deps.db, actor.userId, bounds));
  return { items: rows.map(toDevice), nextCursor };
}

/** Unlinks the installation from the actor and stops push. Throws `NOT_FOUND` if it is not linked to the actor. */
export async function unlinkDevice(deps: DeviceDeps, actor: Principal, installationId: string): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const device = await lockDevice(trx, installationId);
    if (device === undefined || device.user_id !== actor.userId) throw new GatehouseError("NOT_FOUND");
    const after = await changeDevice(trx, device.id, { ...nobodys, updated_at: deps.clock.now() });
    await recordEvent(deps, trx, { action: "device.unlinked", kind: "device", targetId: device.public_id });
    await publishOwner(deps, trx, { before: device, after });
  });
}

/** The user whose devices are unlinked, and the devices that stay linked. */
interface UnlinkedDevices {
  readonly userId: string;
  readonly userPublicId: string;
  /** Recorded with each. */
  readonly reason: string;
  /** Default: none. */
  readonly except?: "those in use";
}

/**
 * Unlinks all devices of the user, or only those on which the user is not signed in. The caller must have locked the user, so
 * that no device is linked meanwhile. A caller that also ends sessions must end them first.
 */
export async function unlinkDevices(
  deps: AuditDeps & EventDeps,
  trx: DatabaseTransaction,
  { userId, userPublicId: accountId, reason, except }: UnlinkedDevices,
): Promise<void> {
  const now = deps.clock.now();
  const targetIds: string[] = [];
  for (const id of inLockingOrder(await findDeviceIdsOf(trx, userId))) {
    const isTheirs = await lockDeviceOf(trx, { id, userId });
    const stays = except !== undefined && (await isSignedInOn(trx, { id, userId }, now));
    if (!isTheirs || stays) continue;
    const device = await changeDevice(trx, id, { ...nobodys, updated_at: now });
    targetIds.push(device.public_id);
    await publishDevice(deps, trx, { type: "device.unlinked", device, userId });
  }
  const unlinked = { action: "device.unlinked", kind: "device", accountId, details: { reason } } as const;
  await recordEvents(deps, trx, { ...unlinked, targetIds });
}

/**
 * Stops push to those of the given devices on which the user is no longer signed in, after some of the user's sessions have
 * ended. Each device is locked first, so that when its last two sessions end concurrently, the second call sees that none is
 * left.
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

/** Returns the distinct internal ids in numeric order. Every call that locks several devices uses it to avoid deadlocks. */
function inLockingOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort((a, b) => Number(BigInt(a) - BigInt(b)));
}

async function isInUse(deps: DeviceDeps, trx: DatabaseTransaction, device: DeviceRow): Promise<boolean> {
  const { id, user_id: userId } = device;
  return userId !== null && (await isSignedInOn(trx, { id, userId }, deps.clock.now()));
}
