import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { findUser } from "../user/store.ts";
import type { DeviceRow } from "./store.ts";

interface WrittenDevice {
  readonly action: "device.registered" | "device.linked" | "device.updated";
  /** `undefined` for a new device. */
  readonly before: DeviceRow | undefined;
  readonly after: DeviceRow;
}

/**
 * Records that a device was written, unless only the time when it was seen differs. A former user of the device has an event too:
 * it is no longer theirs. Push tokens and secrets are not recorded, only that they are others.
 */
export async function recordDevice(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { action, before, after }: WrittenDevice,
): Promise<void> {
  if (before !== undefined && !isAnother(before, after)) return;
  await recordFormerUser(deps, trx, { before, after });
  const isOthers = before !== undefined && before.user_id !== after.user_id;
  const changes = before === undefined ? {} : describedDifferences(before, after);
  const details = {
    ...(isOthers ? { newUser: true } : {}),
    ...(before !== undefined && before.push_token !== after.push_token ? { newPushToken: true } : {}),
  };
  await recordEvent(deps, trx, { action, kind: "device", targetId: after.public_id, details, changes });
}

const described = [
  "platform",
  "name",
  "model",
  "os_version",
  "app_version",
  "locale",
  "time_zone",
  "push_service",
  "muted",
] as const;

function isAnother(before: DeviceRow, after: DeviceRow): boolean {
  const compared = [...described, "public_id", "user_id", "active", "push_token"] as const;
  const hasSecret = ({ secret_digest }: DeviceRow) => secret_digest !== null;
  return compared.some((column) => before[column] !== after[column]) || hasSecret(before) !== hasSecret(after);
}

function describedDifferences(before: DeviceRow, after: DeviceRow) {
  const changed = described.filter((column) => before[column] !== after[column]);
  return Object.fromEntries(changed.map((column) => [column, { from: before[column], to: after[column] }]));
}

async function recordFormerUser(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { before, after }: Pick<WrittenDevice, "before" | "after">,
): Promise<void> {
  if (before === undefined || before.user_id === null || before.user_id === after.user_id) return;
  const former = await findUser(trx, before.user_id);
  if (former === undefined) return;
  const unlinked = { action: "device.unlinked", kind: "device", targetId: before.public_id } as const;
  await recordEvent(deps, trx, { ...unlinked, accountId: former.public_id, details: { reason: "taken_over" } });
}
