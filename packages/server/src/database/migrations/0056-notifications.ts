import { type Kysely, sql } from "kysely";

/**
 * Notifications, and the ledger of their deliveries: a row for each device that a notification goes to. The ledger has a
 * partition for each month, so that retention drops whole partitions. `notification_delivery_default` takes what no month takes.
 * Counts are columns of the notification and change in the statements that settle deliveries, so nobody counts rows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createNotification(db);
  await createDelivery(db);
  await createPartitionFunction(db);
  await sql`
    select create_notification_partition((date_trunc('month', now() at time zone 'UTC') + make_interval(months => later))::date)
    from generate_series(0, 2) as later`.execute(db);
  await sql`
    create table push_service_pause (
      service text primary key,
      -- Nothing is sent to the service before this time.
      until timestamptz not null,
      -- Pauses in a row, from which the length of the next one follows.
      pauses integer not null
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table push_service_pause`.execute(db);
  await sql`drop table notification_delivery`.execute(db);
  await sql`drop function create_notification_partition`.execute(db);
  await sql`drop table notification`.execute(db);
}

async function createNotification(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notification (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint notification_public_id_key unique,
      -- The public id of the account that sent it.
      sender_id uuid not null,
      -- A repeated call with the same key finds this row.
      idempotency_key text,
      -- What the call asked for: the audience, the message and its times, sealed.
      content bytea not null,
      -- Whether it may go to many devices. Such deliveries wait for those of single users.
      is_bulk boolean not null,
      -- A user's test of their own devices, which operators do not list.
      is_test boolean not null default false,
      status text not null check (status in ('scheduled', 'sending', 'done', 'canceled')),
      -- Whether something is left to do: devices to find, or deliveries to settle.
      is_open boolean not null default true,
      created_at timestamptz not null,
      send_at timestamptz not null,
      expires_at timestamptz not null,
      -- The day of its deliveries, which is their partition; set when the fan-out begins.
      ledger_day date,
      -- How far the fan-out is: the internal id of the last device, user or membership that was looked at.
      fan_out_cursor bigint not null default 0,
      fanned_out_at timestamptz,
      finished_at timestamptz,
      -- Deliveries that are not settled yet.
      queued bigint not null default 0,
      sent bigint not null default 0,
      failed bigint not null default 0,
      dropped bigint not null default 0,
      pruned bigint not null default 0,
      suppressed bigint not null default 0,
      constraint notification_idempotency_key unique (sender_id, idempotency_key)
    )`.execute(db);
  await sql`
    create index notification_fan_out_index on notification (is_bulk, send_at)
      where fanned_out_at is null and status in ('scheduled', 'sending')`.execute(db);
  await sql`create index notification_open_index on notification (send_at) where is_open`.execute(db);
  await sql`create index notification_list_index on notification (id) where not is_test`.execute(db);
  await sql`create index notification_created_at_index on notification (created_at)`.execute(db);
  await sql`
    create index notification_content_version_index on notification (substring(content from 1 for 1))`.execute(db);
}

/** The key makes a second delivery of a notification to a device impossible. No foreign keys: devices come and go meanwhile. */
async function createDelivery(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notification_delivery (
      notification_id bigint not null,
      device_id bigint not null,
      day date not null,
      -- The internal id of the user who was on the device at the fan-out.
      recipient_id bigint not null,
      -- The push service at the fan-out.
      service text not null,
      is_bulk boolean not null,
      state text not null default 'queued'
        check (state in ('queued', 'sent', 'failed', 'dropped', 'pruned', 'suppressed')),
      -- When it may be claimed. A claim moves it to the end of the lease.
      due_at timestamptz not null,
      -- How often it was claimed: only the last claim settles it.
      claims integer not null default 0,
      -- Attempts that failed by themselves, not because the service was down.
      failures integer not null default 0,
      -- Why it is in this state, or why the last attempt failed.
      reason text,
      primary key (notification_id, device_id, day)
    ) partition by range (day)`.execute(db);
  await sql`
    create index notification_delivery_due_index on notification_delivery (service, is_bulk, due_at)
      where state = 'queued'`.execute(db);
  await sql`create table notification_delivery_default partition of notification_delivery default`.execute(db);
}

/** Rows of the month in the default partition are moved out of it first: PostgreSQL makes no partition for rows that it holds. */
async function createPartitionFunction(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function create_notification_partition(month date) returns void language plpgsql as $$
    declare
      name text := 'notification_delivery_' || to_char(month, 'YYYY_MM');
      beginning date := date_trunc('month', month)::date;
      ending date := (date_trunc('month', month) + interval '1 month')::date;
    begin
      if to_regclass(name) is not null then return; end if;
      lock table notification_delivery_default in access exclusive mode;
      create temporary table notification_delivery_moved on commit drop as
        select * from notification_delivery_default where day >= beginning and day < ending;
      delete from notification_delivery_default where day >= beginning and day < ending;
      execute format('create table %I partition of notification_delivery for values from (%L) to (%L)',
        name, beginning, ending);
      insert into notification_delivery select * from notification_delivery_moved;
      drop table notification_delivery_moved;
    end $$`.execute(db);
}
