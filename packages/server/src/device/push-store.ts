import { type RawBuilder, sql } from "kysely";
import { type EventColumns, writeEvents } from "../audit/event-store.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { DeviceRow } from "./store.ts";

/**
 * Whether the user of the `device` of the statement is signed in on it: a session of theirs on it has neither ended nor expired,
 * and they may be signed in.
 */
export function isSignedInOnDevice(now: Date): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from session join "user" on "user".id = session.user_id
    where session.device_id = device.id and session.user_id = device.user_id and session.revoked_at is null
      and session.idle_expires_at > ${now} and session.expires_at > ${now}
      and "user".status = 'active' and "user".deleted_at is null
    -- Looks at each device by itself. As a join it could read all sessions for some devices, where statistics are out of date.
    offset 0
  )`;
}

/**
 * Whether the `device` of the statement gets push messages: it has a token, it is not muted, and its user is signed in on it. Every
 * statement that chooses devices for messages has this condition, so that nobody who signed out gets any. A device that was
 * registered without a user gets none either.
 */
export function isReachable(now: Date): RawBuilder<boolean> {
  return sql<boolean>`(
    device.active and not device.muted and device.push_token is not null and ${isSignedInOnDevice(now)}
  )`;
}

/** A device that gets push messages, with what a message to it depends on. */
export type ReachableDevice = Pick<
  DeviceRow,
  "id" | "public_id" | "platform" | "app_version" | "locale" | "time_zone"
> & {
  readonly user_id: string;
  readonly push_service: NonNullable<DeviceRow["push_service"]>;
  readonly push_token: string;
  readonly push_token_set_at: Date;
};

/** Lists the devices on which these users, by their internal ids, get push messages now. */
export async function listReachableDevices(
  db: Database,
  { userIds, now }: { readonly userIds: readonly string[]; readonly now: Date },
): Promise<readonly ReachableDevice[]> {
  const { rows } = await sql<ReachableDevice>`
    select id, public_id, user_id, platform, app_version, locale, time_zone, push_service, push_token, push_token_set_at
    from device where user_id = any(${[...userIds]}::bigint[]) and ${isReachable(now)} order by id`.execute(db);
  return rows;
}

/** A push token that a service refuses for good, and the device that it was sent to, by its internal id. */
export interface DeadToken {
  readonly deviceId: string;
  readonly token: string;
}

/** When tokens are removed, and the event of each. */
interface Removal {
  readonly now: Date;
  readonly event: EventColumns;
}

/**
 * Removes each token from its device if the device still has that very token, and writes the event of each. Devices are locked in
 * the order of their ids, as everywhere. Returns the internal ids of the devices that lost their token.
 */
export async function clearDeadTokens(
  db: Database | DatabaseTransaction,
  dead: readonly DeadToken[],
  { now, event }: Removal,
): Promise<readonly string[]> {
  const ids = dead.map(({ deviceId }) => deviceId);
  const tokens = dead.map(({ token }) => token);
  const recorded = writeEvents(event, {
    targetId: sql`cleared.public_id`,
    accountId: sql`"user".public_id`,
    from: sql`cleared left join "user" on "user".id = cleared.user_id`,
  });
  const { rows } = await sql<{ id: string }>`
    with dead as (select * from unnest(${ids}::bigint[], ${tokens}::text[]) as named (device_id, token)),
    locked as materialized (
      select device.id, dead.token from device join dead on dead.device_id = device.id and dead.token = device.push_token
      order by device.id for update of device
    ),
    cleared as (
      update device set push_token = null, push_service = null, push_token_set_at = null, updated_at = ${now}
      from locked where device.id = locked.id and device.push_token = locked.token
      returning device.id, device.public_id, device.user_id
    ),
    recorded as (${recorded})
    select id from cleared`.execute(db);
  return rows.map(({ id }) => id);
}
