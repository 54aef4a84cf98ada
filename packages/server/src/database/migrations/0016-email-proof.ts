import { type Kysely, sql } from "kysely";

/** Whether somebody vouched for what is set up on an account, and what its owner is asked about to find out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      -- The address is proven, and nobody said whether its holder is who set the account up.
      add column unvouched boolean not null default false,
      -- Where the account was registered; forgotten once the address is proven.
      add column registered_ip text,
      add column registered_user_agent text,
      add constraint user_unvouched_check check (not unvouched or email_verified_at is not null)`.execute(db);
  await sql`
    alter table one_time_token
      -- Who asked for the link that confirms another address.
      add column asked_ip text,
      add column asked_user_agent text`.execute(db);
  await fillInOrigins(db);
  await distrustKeysFromBeforeTheProof(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table one_time_token drop column asked_ip, drop column asked_user_agent`.execute(db);
  await sql`
    alter table "user" drop column unvouched, drop column registered_ip, drop column registered_user_agent`.execute(db);
}

/** A registration began a session in its own transaction, within moments. */
async function fillInOrigins(db: Kysely<unknown>): Promise<void> {
  await sql`
    update "user" u set registered_ip = s.ip, registered_user_agent = s.user_agent
      from (select distinct on (user_id) user_id, ip, user_agent, created_at from session order by user_id, id) s
      where s.user_id = u.id and u.email_verified_at is null and s.created_at < u.created_at + interval '10 seconds'`.execute(
    db,
  );
}

/** They may be a stranger's, or their owner changed the address since. A new password or a link to sign in settles it. */
async function distrustKeysFromBeforeTheProof(db: Kysely<unknown>): Promise<void> {
  await sql`
    update "user" u set unvouched = true
      where u.email_verified_at is not null and exists (
        select from api_key k
          where k.user_id = u.id and k.revoked_at is null and k.created_at < u.email_verified_at)`.execute(db);
}
