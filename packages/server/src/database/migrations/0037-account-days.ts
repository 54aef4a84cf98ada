import { type Kysely, sql } from "kysely";

/**
 * What happened to accounts on each day: `account_day` has the numbers, which a job counts from the audit log and from
 * `active_account`, and keeps when the events are dropped. `active_account` has the accounts that used a session on a day later
 * than its last use before; the job deletes the rows of days that it counts no more. There is no foreign key: its check would
 * lock the user while the session is locked, in the other order than everybody else.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table account_day (
      day date primary key,
      sign_ups integer not null,
      sign_ins integer not null,
      active_users integer not null
    )`.execute(db);
  await sql`
    create table active_account (
      day date not null,
      account_id uuid not null,
      primary key (day, account_id)
    )`.execute(db);
  await sql`
    create index audit_event_counted_index on audit_event (action, at)
      where action in ('user.created', 'session.created')`.execute(db);
  await sql`
    create function note_active_account() returns trigger language plpgsql as $$
    begin
      insert into active_account (day, account_id)
        select (new.last_seen_at at time zone 'UTC')::date, public_id from "user" where id = new.user_id
        on conflict do nothing;
      return null;
    end $$`.execute(db);
  // A sign-in has its event; of all later uses, only the first of a day gets past the condition.
  await sql`
    create trigger active_account after update of last_seen_at on session
      for each row when (new.impersonator_id is null and
        (old.last_seen_at at time zone 'UTC')::date <> (new.last_seen_at at time zone 'UTC')::date)
      execute function note_active_account()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger active_account on session`.execute(db);
  await sql`drop function note_active_account`.execute(db);
  await sql`drop index audit_event_counted_index`.execute(db);
  await sql`drop table active_account, account_day`.execute(db);
}
