import { randomUUID } from "node:crypto";
import type { Client } from "pg";

/** A user with a past. */
export interface Person {
  readonly id: string;
  readonly publicId: string;
}

/** What a user has left. */
export interface Past {
  readonly events: number;
  readonly sessions: number;
}

/** Adds a user who has signed in so often, and about whom there are so many events: two thirds are their own. */
export async function addPerson(client: Client, { events, sessions }: Past): Promise<Person> {
  const publicId = randomUUID();
  const email = `${publicId}@example.com`;
  const { rows } = await client.query<{ id: string }>(
    `insert into "user" (public_id, email, email_canonical, email_verified_at, given_name, family_name, locale, status,
      roles, created_at, updated_at)
    values ($1, $2, $2, now(), 'Ada', 'Lovelace', 'en', 'active', '{}', now(), now()) returning id::text`,
    [publicId, email],
  );
  const id = String(rows[0]?.id);
  await client.query(
    `insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip, user_agent,
      created_at, last_seen_at, idle_expires_at, expires_at)
    select gen_random_uuid(), $1, '\\x01'::bytea || sha256(n::text::bytea), 0, now(), true, '{pwd}', '192.0.2.1',
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', now(), now(),
      now() + interval '30 days', now() + interval '1 year'
    from generate_series(1, $2::int) n`,
    [id, sessions],
  );
  await client.query(
    `insert into audit_event (at, action, actor_kind, actor_id, account_id, target_kind, target_id, request_id, personal)
    select now(), 'user.updated', 'user', case when n % 3 = 0 then gen_random_uuid() else $1::uuid end, $1::uuid, 'user',
      $1::text, gen_random_uuid()::text, jsonb_build_object('ip', '192.0.2.1',
        'userAgent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        'changes', jsonb_build_object('familyName', jsonb_build_object('from', 'Number ' || n - 1, 'to', 'Number ' || n)))
    from generate_series(1, $2::int) n`,
    [publicId, events],
  );
  await client.query("vacuum analyze");
  return { id, publicId };
}

/** Deletes a user a minute ago, so that they can be erased. */
export async function deletePerson(client: Client, { id }: Person): Promise<void> {
  await client.query(`update "user" set deleted_at = now() - interval '1 minute' where id = $1`, [id]);
}

/** Throws unless the user was erased, with what was personal in the events about them. */
export async function expectErased(client: Client, { id, publicId }: Person): Promise<void> {
  const { rows } = await client.query<{ left: boolean }>(
    `select exists (select from "user" where id = $1) or exists (select from session where user_id = $1)
      or exists (select from audit_event where account_id = $2 and action = 'user.updated' and personal <> '{}') as left`,
    [id, publicId],
  );
  if (rows[0]?.left !== false) throw new Error("The user was not erased");
}
