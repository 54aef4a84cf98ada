import { sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";
import { planForGrowth } from "../database/plan-for-growth.ts";
import { type PushService, pushServices } from "../delivery/push/push-sender.ts";
import { isSignedInOnDevice } from "../device/push-store.ts";

/** What a delivery is known by, and which claim of it: a later claim lets an earlier one settle nothing. */
export interface Claim {
  /** The internal id. */
  readonly notification_id: string;
  /** The internal id. */
  readonly device_id: string;
  /** Its partition. */
  readonly day: string;
  readonly claims: number;
}

/** A delivery that this worker is to make. */
export interface ClaimedDelivery extends Claim {
  /** Attempts that failed by themselves. */
  readonly failures: number;
  readonly service: PushService;
  /** Why the device is to get nothing now; `null` if nothing stands against it. */
  readonly obstacle: string | null;
  /** `null` with an obstacle. */
  readonly device_public_id: string | null;
  /** `null` with an obstacle. */
  readonly push_token: string | null;
  /** `null` with an obstacle. */
  readonly push_token_set_at: Date | null;
}

interface ClaimRequest {
  readonly now: Date;
  /** Until when no other worker takes what is claimed. */
  readonly leaseUntil: Date;
  /** The most deliveries of each service, of single users and of many each. */
  readonly limit: number;
  /** Whose deliveries. Default: those of all. */
  readonly services?: readonly PushService[];
}

/**
 * Claims deliveries that are due, of services that do not pause, and reads their devices as they are now. A device gets a message only
 * if its user of the fan-out is still on it, signed in by a session that has not ended, and has not muted it. Workers that claim at
 * once get different deliveries.
 */
export async function claimDeliveries(
  trx: DatabaseTransaction,
  { now, leaseUntil, limit, services = pushServices }: ClaimRequest,
): Promise<readonly ClaimedDelivery[]> {
  await planForGrowth(trx);
  const { rows } = await sql<ClaimedDelivery>`
    with lane as (
      select service, is_bulk
      from unnest(${[...services]}::text[]) as service cross join (values (false), (true)) as kind (is_bulk)
      where not exists (
        select from push_service_pause p where p.service = service.service and p.until > ${now}::timestamptz)
    ),
    due as (
      select delivery.* from lane cross join lateral (
        select notification_id, device_id, day from notification_delivery
        where state = 'queued' and service = lane.service and is_bulk = lane.is_bulk and due_at <= ${now}::timestamptz
        order by due_at limit ${limit} for update skip locked
      ) as delivery
    ),
    claimed as (
      update notification_delivery as d set due_at = ${leaseUntil}::timestamptz, claims = d.claims + 1
      from due where d.notification_id = due.notification_id and d.device_id = due.device_id and d.day = due.day
      returning d.notification_id, d.device_id, d.day, d.claims, d.failures, d.service, d.recipient_id
    )
    select claimed.notification_id, claimed.device_id, claimed.day::text as day, claimed.claims, claimed.failures,
      coalesce(device.push_service, claimed.service) as service, device.public_id::text as device_public_id,
      device.push_token, device.push_token_set_at,
      case
        when device.user_id is distinct from claimed.recipient_id then 'given_away'
        when device.muted then 'muted'
        when device.push_token is null then 'no_token'
        when not device.active or not ${isSignedInOnDevice(now)} then 'signed_out'
      end as obstacle
    from claimed left join device on device.id = claimed.device_id`.execute(trx);
  return rows;
}

/** Keeps claimed deliveries, which must not be settled, from other workers for longer. Those that another worker has claimed meanwhile stay as they are. */
export async function extendLease(trx: DatabaseTransaction, claims: readonly Claim[], until: Date): Promise<void> {
  await planForGrowth(trx);
  await sql`
    with kept as (${claimRows(claims)})
    update notification_delivery as d set due_at = ${until}::timestamptz from kept
    where d.notification_id = kept.notification_id and d.device_id = kept.device_id and d.day = kept.day
      and d.claims = kept.claims`.execute(trx);
}

/** What became of a claimed delivery. */
export interface Settlement extends Claim {
  readonly state: "queued" | "sent" | "failed" | "dropped" | "pruned" | "suppressed";
  readonly reason: string | null;
  /** When a delivery that stays queued is due again. */
  readonly due_at: Date;
  readonly failures: number;
  /** The service that it was for: if the device got a token of another one after the fan-out, that one's pauses count from now on. */
  readonly service: PushService;
}

/** Locks notifications in one order, so that workers that settle deliveries of the same ones do not deadlock. */
export async function lockNotifications(trx: DatabaseTransaction, ids: readonly string[]): Promise<void> {
  await sql`
    select id from notification where id = any(${[...ids]}::bigint[]) order by id for no key update`.execute(trx);
}

/**
 * Settles deliveries, each claim once, and counts them in their notifications, in one statement, except those that were claimed again meanwhile. A
 * notification is done when its last delivery is settled. The notifications must be locked.
 */
export async function settleDeliveries(
  trx: DatabaseTransaction,
  settlements: readonly Settlement[],
  now: Date,
): Promise<void> {
  await planForGrowth(trx);
  await sql`
    -- No condition about the state: PostgreSQL would take the index of what is due, and read all of it.
    with outcome as (${claimRows(settlements)}),
    settled as (
      update notification_delivery as d
      set state = outcome.state, reason = outcome.reason, due_at = outcome.due_at, failures = outcome.failures,
        service = outcome.service,
        -- Ends the claim, so that a repeated settling finds nothing.
        claims = d.claims + 1
      from outcome
      where d.notification_id = outcome.notification_id and d.device_id = outcome.device_id and d.day = outcome.day
        and d.claims = outcome.claims
      returning d.notification_id, d.state
    ),
    counted as (
      select notification_id, count(*) filter (where state <> 'queued') as ended,
        count(*) filter (where state = 'sent') as sent, count(*) filter (where state = 'failed') as failed,
        count(*) filter (where state = 'dropped') as dropped, count(*) filter (where state = 'pruned') as pruned,
        count(*) filter (where state = 'suppressed') as suppressed
      from settled group by notification_id
    )
    update notification as n set
      queued = n.queued - counted.ended,
      sent = n.sent + counted.sent,
      failed = n.failed + counted.failed,
      dropped = n.dropped + counted.dropped,
      pruned = n.pruned + counted.pruned,
      suppressed = n.suppressed + counted.suppressed,
      status = case when ${isOver} and n.status = 'sending' then 'done' else n.status end,
      finished_at = case when ${isOver} and n.status = 'sending' then ${now}::timestamptz else n.finished_at end,
      is_open = n.is_open and not ${isOver}
    from counted where n.id = counted.notification_id and counted.ended > 0`.execute(trx);
}

/** Whether nothing is left to do. A canceled notification gets no more deliveries, and stays canceled. */
const isOver = sql<boolean>`(
  n.queued - counted.ended = 0 and (n.fanned_out_at is not null or n.status = 'canceled')
)`;

/** The rows of a statement, as one parameter that both drivers pass alike. */
function claimRows(rows: readonly (Claim | Settlement)[]) {
  return sql`
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (
      notification_id bigint, device_id bigint, day date, claims integer, state text, reason text, due_at timestamptz,
      failures integer, service text)`;
}
