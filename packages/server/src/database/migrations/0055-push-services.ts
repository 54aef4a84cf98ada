import { type Kysely, sql } from "kysely";

/**
 * What messages to a device need to know: the service of its push token and since when it has that, its language, its time zone,
 * and whether its user wants none. The tokens that there are belong to the service whose form they have: Expo's and browsers'
 * are recognized on any platform, digits alone are Apple's on its platforms, and all others are taken for Firebase's.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table device
      add column push_service text constraint device_push_service_check
        check (push_service in ('apns', 'expo', 'fcm', 'web_push')),
      -- When this installation got the token.
      add column push_token_set_at timestamptz,
      -- A BCP 47 language tag in its canonical form.
      add column locale text,
      -- A name of the IANA database.
      add column time_zone text,
      add column muted boolean not null default false`.execute(db);
  await lowerTokensOfApple(db);
  await sql`update device set push_service = ${serviceOfToken}, push_token_set_at = updated_at where push_token is not null`.execute(
    db,
  );
  await sql`
    alter table device add constraint device_push_token_check
      check ((push_token is null) = (push_service is null) and (push_token is null) = (push_token_set_at is null))`.execute(
    db,
  );
  // The nightly cleaning walks the table instead. No index has a column that sign-ins change, so that they write no index (a
  // heap-only update), where the page has room.
  await sql`drop index device_anonymous_index`.execute(db);
  await sql`alter table device set (fillfactor = 85)`.execute(db);
}

/** Forgets services, languages, time zones and what is muted. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table device reset (fillfactor)`.execute(db);
  await sql`create index device_anonymous_index on device (last_seen_at) where user_id is null`.execute(db);
  await sql`
    alter table device drop constraint device_push_token_check, drop column push_service, drop column push_token_set_at,
      drop column locale, drop column time_zone, drop column muted`.execute(db);
}

const hasFormOfApple = sql`(push_token ~* '^([0-9a-f]{2})+$' and length(push_token) between 32 and 512)`;

const isOfApple = sql`(platform in ('ios', 'macos') and ${hasFormOfApple})`;

const serviceOfToken = sql`
  case
    when push_token ~ '^Expo(nent)?PushToken\\[.+\\]$' then 'expo'
    when platform = 'web' and push_token ~ '^\\s*\\{.*"endpoint"' then 'web_push'
    when ${isOfApple} then 'apns'
    else 'fcm'
  end`;

/**
 * Apple's tokens are numbers, which are written in small letters from now on. Of those that are the same, the newest stays. A device
 * of another platform may have the same text in small letters already, and counts.
 */
async function lowerTokensOfApple(db: Kysely<unknown>): Promise<void> {
  await sql`
    update device set push_token = null where id in (
      select id from (
        select id, row_number() over (partition by lower(push_token) order by active desc, updated_at desc, id desc) as place
        from device where ${isOfApple} or (${hasFormOfApple} and push_token = lower(push_token))
      ) as alike where place > 1
    )`.execute(db);
  await sql`update device set push_token = lower(push_token) where ${isOfApple} and push_token <> lower(push_token)`.execute(
    db,
  );
}
