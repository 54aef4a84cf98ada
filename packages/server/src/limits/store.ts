import { sql } from "kysely";
import type { Database } from "../database/connection.ts";
import { type Counter, type CounterStore, type Settlement, takeOne } from "./counter.ts";

/**
 * Lets the statement's transaction commit without waiting for the disk, as other counts of the same keys wait for the commit.
 * Only if PostgreSQL crashes, the counts of the last moments are lost: less than a second with the default
 * `wal_writer_delay`.
 */
const withoutFlush = sql`(select set_config('synchronous_commit', 'off', true) as setting) as relaxed`;

/**
 * Counts in PostgreSQL, which all instances share. Its statements run outside any other transaction: otherwise a rollback would
 * undo the count, and a long transaction would block all other counts of its keys.
 */
export function openPostgresCounters(db: Database): CounterStore {
  return {
    async take(counters, now) {
      const rows = await takeCounters(db, counters, now);
      return counters.map(({ key }) => {
        const row = rows.find((candidate) => candidate.key === key);
        if (row === undefined) throw new Error(`The statement did not count ${key}`);
        return { allowed: row.allowed, blockedUntil: row.blocked_until };
      });
    },
    settle: (settlement) => settleCounters(db, settlement),
    forgetExpired: (now) => deleteExpiredCounters(db, now),
    close: async () => undefined,
  };
}

interface TakenRow {
  readonly key: string;
  readonly allowed: boolean;
  readonly blocked_until: Date | null;
}

/**
 * One statement, whose row locks serialize concurrent counts. A new or expired row gets the first step of its rule; any other
 * row gets the next step, by the rule of `counter.ts`. Rows are locked in the order of their keys.
 */
async function takeCounters(db: Database, counters: readonly Counter[], now: Date): Promise<readonly TakenRow[]> {
  const firsts = counters.map(({ rule }) => takeOne(undefined, rule, now.getTime()).state);
  const { rows } = await sql<TakenRow>`
    with rule as (
      select given.* from unnest(
        ${counters.map(({ key }) => key)}::text[],
        ${counters.map(({ rule }) => rule.max)}::integer[],
        ${counters.map(({ rule }) => rule.maxDelaySeconds ?? null)}::integer[],
        ${firsts.map((first) => (first.blockedUntil === null ? null : new Date(first.blockedUntil)))}::timestamptz[],
        ${firsts.map((first) => new Date(first.expiresAt))}::timestamptz[]
      ) as given (key, max, max_delay_seconds, blocked_until, expires_at)
      cross join ${withoutFlush} where relaxed.setting = 'off'
    )
    insert into limit_counter as held (key, count, allowed, blocked_until, expires_at)
    select key, 1, true, blocked_until, expires_at from rule order by key
    on conflict (key) do update set (count, allowed, blocked_until, expires_at) = (
      select
        case when is_over then 1 when is_blocked then held.count else held.count + 1 end,
        is_over or not is_blocked,
        case
          when is_over then excluded.blocked_until
          when is_blocked then held.blocked_until
          when held.count + 1 < max then null
          when max_delay_seconds is null then held.expires_at
          else ${now}::timestamptz
            + make_interval(secs => least(power(2, least(held.count + 1 - max, 30)), max_delay_seconds))
        end,
        case when is_over or (max_delay_seconds is not null and not is_blocked) then excluded.expires_at
          else held.expires_at end
      from rule cross join lateral (
        select held.expires_at <= ${now}::timestamptz as is_over,
          coalesce(held.blocked_until > ${now}::timestamptz, false) as is_blocked
      ) as moment
      where rule.key = excluded.key
    )
    returning key, allowed, blocked_until`.execute(db);
  return rows;
}

/** Locks the rows in the same order as counting, to avoid deadlocks. */
async function settleCounters(db: Database, { reset = [], giveBack = [] }: Settlement): Promise<void> {
  await sql`
    with held as materialized (
      select key from limit_counter cross join ${withoutFlush}
      where key = any(${[...reset, ...giveBack]}::text[]) and relaxed.setting = 'off'
      order by key for update of limit_counter
    ), dropped as (
      delete from limit_counter where key = any(${reset}::text[]) and key in (select key from held)
    )
    update limit_counter set count = greatest(count - 1, 0), blocked_until = null
    where key = any(${giveBack}::text[]) and key in (select key from held)`.execute(db);
}

/** Counts forgotten by one statement, which holds their rows while it runs. */
const forgottenAtOnce = 1000;

/** Skips locked rows, so that it neither waits nor blocks a count. */
async function deleteExpiredCounters(db: Database, now: Date): Promise<void> {
  const expired = db
    .selectFrom("limit_counter")
    .select("key")
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(forgottenAtOnce)
    .forUpdate()
    .skipLocked();
  let deleted: number;
  do {
    const result = await db
      .deleteFrom("limit_counter")
      .where("key", "=", sql<string>`any(array(${expired}))`)
      .executeTakeFirst();
    deleted = Number(result.numDeletedRows);
  } while (deleted > 0);
}
