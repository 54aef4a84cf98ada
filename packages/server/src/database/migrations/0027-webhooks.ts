import { type Kysely, sql } from "kysely";

/** Addresses of other services that are told of events, and what was delivered to them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint webhook_public_id_key unique,
      url text not null,
      description text,
      -- The types of events that are delivered.
      events text[] not null,
      -- disabled: by an administrator. paused: every delivery failed for days. gone: the receiver answered 410.
      status text not null check (status in ('active', 'disabled', 'paused', 'gone')),
      -- When the first attempt failed since the last one that succeeded.
      failing_since timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`
    create table webhook_secret (
      public_id uuid primary key,
      webhook_id bigint not null references webhook on delete cascade,
      -- The key of the signatures, sealed.
      secret bytea not null,
      created_at timestamptz not null,
      -- When a replaced secret stops signing; null for the current one.
      expires_at timestamptz
    )`.execute(db);
  // A webhook has one current secret, and at most one that was replaced.
  await sql`create unique index webhook_secret_current_key on webhook_secret (webhook_id, (expires_at is null))`.execute(
    db,
  );
  await sql`
    create table webhook_event (
      id bigint generated always as identity primary key,
      -- The webhook-id of its deliveries.
      public_id uuid not null constraint webhook_event_public_id_key unique,
      type text not null,
      -- The body of its deliveries, sealed.
      payload bytea not null,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index webhook_event_created_at_index on webhook_event (created_at)`.execute(db);
  await sql`
    create index webhook_event_payload_version_index on webhook_event (substring(payload from 1 for 1))`.execute(db);
  await sql`
    create table webhook_delivery (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint webhook_delivery_public_id_key unique,
      webhook_id bigint not null references webhook on delete cascade,
      event_id bigint not null references webhook_event on delete cascade,
      -- pending: a job delivers it. failed: no attempt succeeded. canceled: the webhook was not active.
      status text not null check (status in ('pending', 'delivered', 'failed', 'canceled')),
      -- How often it was asked for again: a job of an earlier round does nothing.
      round integer not null default 0,
      attempts integer not null default 0,
      created_at timestamptz not null,
      -- About the last attempt.
      attempted_at timestamptz,
      duration_millis integer,
      response_status integer,
      response_excerpt text,
      error text,
      constraint webhook_delivery_event_webhook_key unique (event_id, webhook_id)
    )`.execute(db);
  await sql`create index webhook_delivery_webhook_index on webhook_delivery (webhook_id, id)`.execute(db);
  await sql`create index webhook_delivery_status_index on webhook_delivery (webhook_id, status, id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table webhook_delivery`.execute(db);
  await sql`drop table webhook_event`.execute(db);
  await sql`drop table webhook_secret`.execute(db);
  await sql`drop table webhook`.execute(db);
}
