import type { Client } from "pg";

/**
 * Adds devices with a token of FCM, each of a user of its own who is signed in on it, and brings the statistics of the tables up to
 * date, as autovacuum would have done in a database that grew slowly.
 */
export async function addDevices(
  client: Client,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  await client.query(
    `with owner as (
       insert into "user" (public_id, locale, status, roles, created_at, updated_at, anonymous_since)
       select gen_random_uuid(), 'en', 'active', '{user}', now(), now(), now() from generate_series(1, $2::int - $1::int)
       returning id
     ),
     added as (
       insert into device (public_id, installation_id, user_id, platform, push_token, push_service, push_token_set_at, active,
         created_at, updated_at, last_seen_at)
       select gen_random_uuid(), 'installation-' || id, id, 'android', 'token-' || id, 'fcm', now(), true, now(), now(), now()
       from owner
       returning id, user_id
     )
     insert into session (public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at, remembered, methods, created_at,
       last_seen_at, idle_expires_at, expires_at)
     select gen_random_uuid(), user_id, id, '\\x01', 0, now(), true, '{pwd}', now(), now(), now() + interval '1 year',
       now() + interval '1 year'
     from added`,
    [from, to],
  );
  for (const table of ['"user"', "device", "session"]) await client.query(`vacuum analyze ${table}`);
}
