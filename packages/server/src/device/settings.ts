import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import type { Principal } from "../auth/session/actor.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { type Device, toDevice } from "./device.ts";
import { recordDevice } from "./events.ts";
import type { updateDeviceInput } from "./schema.ts";
import { changeDevice, lockDevice } from "./store.ts";

interface SettingsDeps extends AuditDeps {
  readonly db: Database;
}

/**
 * Changes what the actor decides about their device, from any of their devices. A muted device gets no push messages at all,
 * security notices included. Throws `NOT_FOUND` if it is not linked to the actor.
 */
export async function updateDevice(
  deps: SettingsDeps,
  actor: Pick<Principal, "userId">,
  { installationId, ...changes }: z.output<typeof updateDeviceInput>,
): Promise<Device> {
  const { name, muted, locale, timeZone } = changes;
  return await inTransaction(deps.db, async (trx) => {
    const before = await lockDevice(trx, installationId);
    if (before === undefined || before.user_id !== actor.userId) throw new GatehouseError("NOT_FOUND");
    const after = await changeDevice(trx, before.id, {
      ...(name === undefined ? {} : { name }),
      ...(muted === undefined ? {} : { muted }),
      ...(locale === undefined ? {} : { locale }),
      ...(timeZone === undefined ? {} : { time_zone: timeZone }),
      updated_at: deps.clock.now(),
    });
    await recordDevice(deps, trx, { action: "device.updated", before, after });
    return toDevice(after);
  });
}
