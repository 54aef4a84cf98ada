import { type Selectable, sql } from "kysely";
import type { Database } from "../database/connection.ts";
import type { AccountDayTable } from "../database/tables.gen.ts";
import { addDays, startOf } from "./day.ts";

/** The numbers of a day. */
export type AccountDayRow = Selectable<AccountDayTable>;

/** The counted days of a range, both ends included, in their order. */
export async function listAccountDays(
  db: Database,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly AccountDayRow[]> {
  return await db
    .selectFrom("account_day")
    .selectAll()
    .where("day", ">=", from)
    .where("day", "<=", to)
    .orderBy("day")
    .execute();
}

/** The newest counted day. */
export async function findNewestDay(db: Database): Promise<string | undefined> {
  const query = db.selectFrom("account_day").select("day").orderBy("day", "desc").limit(1);
  return (await query.executeTakeFirst())?.day;
}

/** When the oldest event of the audit log happened. */
export async function findFirstEventTime(db: Database): Promise<Date | undefined> {
  const query = db.selectFrom("audit_event").select("at").orderBy("id").limit(1);
  return (await query.executeTakeFirst())?.at;
}

/**
 * Counts a day and stores its numbers, in one statement. A number that is stored already only grows, so a later count, with fewer
 * rows left to count, does no harm. The actions are literals, as PostgreSQL uses the partial index for no others.
 */
export async function countAccountDay(db: Database, day: string): Promise<void> {
  const from = startOf(day);
  const to = startOf(addDays(day, 1));
  await sql`
    with sign_up as (
      select count(*) as number from audit_event
      where action = 'user.created' and at >= ${from} and at < ${to} and actor_id::text = target_id
    ),
    sign_in as materialized (
      select actor_id from audit_event
      where action = 'session.created' and at >= ${from} and at < ${to} and impersonator_id is null
    ),
    active as (
      select account_id from active_account where day = ${day}::date
      union
      select actor_id from sign_in
    )
    insert into account_day as counted (day, sign_ups, sign_ins, active_users)
    select ${day}::date, (select number from sign_up), (select count(*) from sign_in), (select count(*) from active)
    on conflict (day) do update set
      sign_ups = greatest(counted.sign_ups, excluded.sign_ups),
      sign_ins = greatest(counted.sign_ins, excluded.sign_ins),
      active_users = greatest(counted.active_users, excluded.active_users)`.execute(db);
}

/** Deletes accounts that were active before the day, at most so many. Returns how many there were. */
export async function deleteActiveAccounts(db: Database, before: string, limit: number): Promise<number> {
  const old = sql`select ctid from active_account where day < ${before}::date order by day, account_id limit ${limit}`;
  const result = await sql`delete from active_account where ctid = any(array(${old}))`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}
