import { type RawBuilder, sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";
import { planForGrowth } from "../database/plan-for-growth.ts";
import { isReachable } from "../device/push-store.ts";
import type { Audience } from "./content.ts";
import type { NotificationRow } from "./store.ts";

/**
 * Finds a notification whose time has come and that still has devices to find, those of few users first, and locks it. It skips
 * those that another worker has locked, and the `except`ed ones.
 */
export async function lockNextFanOut(
  trx: DatabaseTransaction,
  { now, except }: { readonly now: Date; readonly except: readonly string[] },
): Promise<NotificationRow | undefined> {
  return await trx
    .selectFrom("notification")
    .selectAll()
    .where("fanned_out_at", "is", null)
    // As in the condition of the index, which no parameter would match.
    .where(sql<boolean>`status in ('scheduled', 'sending')`)
    .where("send_at", "<=", now)
    .where("id", "<>", sql<string>`all(${[...except]}::bigint[])`)
    .orderBy("is_bulk")
    .orderBy("send_at")
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/** The next part of a fan-out. */
interface FanOutStep {
  readonly notification: Pick<NotificationRow, "id" | "fan_out_cursor" | "is_bulk">;
  readonly audience: Audience;
  /** The public ids of users who get nothing. */
  readonly except: readonly string[];
  /** The partition of the deliveries, as `2030-01-31`. */
  readonly day: string;
  /** Devices, users or memberships to look at. */
  readonly limit: number;
  readonly now: Date;
}

/** What a step has come to. */
export interface AddedDeliveries {
  readonly added: number;
  readonly isEnd: boolean;
}

/**
 * Adds the deliveries of the next devices, counts them and moves the cursor, in one statement. The notification must be locked. A
 * device that another step has found, because its user was added to the group again, stays as it is. Returns how
 * many were added, and whether the audience is at its end.
 */
export async function insertNextDeliveries(
  trx: DatabaseTransaction,
  { notification, audience, except, day, limit, now }: FanOutStep,
): Promise<AddedDeliveries> {
  const { id, is_bulk, fan_out_cursor } = notification;
  await planForGrowth(trx);
  const { rows } = await sql<{ added: string; is_end: boolean }>`
    with step as (${stepOf(audience, { after: fan_out_cursor, limit })}),
    found as (
      select target.* from step cross join lateral (
        select device.id, device.user_id, device.push_service from device
        where ${joinOf(audience)} and ${isReachable(now)} and ${isWanted(except)} and ${conditionOf(audience)}
        -- Looks the devices of the step up, and not the step for each device.
        offset 0
      ) as target
    ),
    added as (
      insert into notification_delivery (notification_id, device_id, day, recipient_id, service, is_bulk, due_at)
      select ${id}::bigint, found.id, ${day}::date, found.user_id, found.push_service, ${is_bulk}::boolean,
        ${now}::timestamptz
      from found on conflict do nothing returning device_id
    ),
    counted as (
      select (select count(*) from added) as added, ${isEnd(audience, limit)} as is_end,
        (select max(position) from step) as position
    )
    update notification set
      ledger_day = ${day}::date,
      fan_out_cursor = coalesce(counted.position, fan_out_cursor),
      queued = queued + counted.added,
      fanned_out_at = case when counted.is_end then ${now}::timestamptz end,
      status = case when counted.is_end and queued + counted.added = 0 then 'done' else 'sending' end,
      is_open = not (counted.is_end and queued + counted.added = 0),
      finished_at = case when counted.is_end and queued + counted.added = 0 then ${now}::timestamptz end
    from counted where id = ${id}::bigint returning counted.added, counted.is_end`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error("A notification was deleted while it was locked");
  return { added: Number(row.added), isEnd: row.is_end };
}

/** Ends the fan-out of a notification that expired before all devices were found. The notification must be locked. */
export async function endFanOut(trx: DatabaseTransaction, id: string, now: Date): Promise<void> {
  await sql`
    update notification set
      fanned_out_at = ${now}::timestamptz,
      status = case when queued = 0 then 'done' else 'sending' end,
      is_open = queued > 0,
      finished_at = case when queued = 0 then ${now}::timestamptz end
    where id = ${id}::bigint`.execute(trx);
}

interface Window {
  /** The internal id of the last one of the step before. */
  readonly after: string;
  readonly limit: number;
}

function isWanted(except: readonly string[]): RawBuilder<boolean> {
  if (except.length === 0) return sql`true`;
  return sql`
    device.user_id <> all(array(select "user".id from "user" where "user".public_id = any(${[...except]}::uuid[])))`;
}

/** Whether nothing is left after this step. What is named fits into one. */
function isEnd({ kind }: Audience, limit: number): RawBuilder<boolean> {
  return kind === "users" || kind === "devices" ? sql`true` : sql`(select count(*) from step) < ${limit}::bigint`;
}

/**
 * What a step looks at: all that is named, or the next devices or memberships in the order of their ids, however few of them are
 * wanted.
 */
function stepOf(audience: Audience, { after, limit }: Window): RawBuilder<unknown> {
  switch (audience.kind) {
    case "users":
      return sql`
        select id as position, id as user_id from "user" where public_id = any(${audience.ids}::uuid[])`;
    case "devices":
      return sql`
        select id as position, id as device_id from device where public_id = any(${audience.ids}::uuid[])`;
    case "group":
      return sql`
        select id as position, user_id from group_member
        where group_id = (select id from "group" where public_id = ${audience.id}::uuid) and id > ${after}::bigint
        order by id limit ${limit}`;
    case "segment":
    case "everyone":
      return sql`
        select id as position, id as device_id from device where id > ${after}::bigint order by id limit ${limit}`;
  }
}

function joinOf({ kind }: Audience): RawBuilder<boolean> {
  return kind === "users" || kind === "group" ? sql`device.user_id = step.user_id` : sql`device.id = step.device_id`;
}

function conditionOf(audience: Audience): RawBuilder<boolean> {
  if (audience.kind !== "segment") return sql`true`;
  const { platform, minAppVersion, maxAppVersion, locale, lastSeenSince } = audience;
  const conditions = [
    ...(platform === null ? [] : [sql<boolean>`device.platform = ${platform}`]),
    ...(minAppVersion === null ? [] : [sql<boolean>`${numbersOfDevice} >= ${numbersOf(sql`${minAppVersion}::text`)}`]),
    ...(maxAppVersion === null ? [] : [sql<boolean>`${numbersOfDevice} <= ${numbersOf(sql`${maxAppVersion}::text`)}`]),
    ...(locale === null ? [] : [sql<boolean>`lower(device.locale) || '-' like lower(${locale}::text) || '-%'`]),
    ...(lastSeenSince === null ? [] : [sql<boolean>`device.last_seen_at >= ${lastSeenSince}::timestamptz`]),
  ];
  return sql`${sql.join(conditions, sql` and `)}`;
}

/** The numbers of a version without zeros at its end, as `appVersionNumbers` of the device slice has them. */
function numbersOf(version: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`string_to_array(regexp_replace(${version}, '(\\.0+)+$', ''), '.')::bigint[]`;
}

/** Null, which compares with nothing, for a version that is no numbers. */
const numbersOfDevice = sql`
  case when device.app_version ~ '^[0-9]{1,18}(\\.[0-9]{1,18}){0,7}$' then ${numbersOf(sql`device.app_version`)} end`;
