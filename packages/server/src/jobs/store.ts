import { sql } from "kysely";
import type { Database } from "../database/connection.ts";
import { deadLetterQueue } from "./queues.ts";

/** Jobs of one name that may not start yet. */
export interface WaitingJobs {
  readonly count: number;
  /** When the first of them starts; `undefined` if there is none. */
  readonly nextAt: Date | undefined;
}

/** Returns how many jobs of this name wait for their start, and when the first one starts. */
export async function findWaitingJobs(db: Database, name: string): Promise<WaitingJobs> {
  const { rows } = await sql<{ count: number; next_at: Date | null }>`
    select count(*)::int as count, min(start_after) as next_at from pgboss.job
    where name = ${name} and state = 'created' and start_after > now()`.execute(db);
  return { count: rows[0]?.count ?? 0, nextAt: rows[0]?.next_at ?? undefined };
}

/** What the queue has left to do. */
export interface JobBacklog {
  /** Jobs that failed permanently. */
  readonly deadLetters: number;
  /** Jobs that may start, and have not. */
  readonly due: number;
  /** Seconds for which the first of them could have started; 0 if there is none. */
  readonly oldestDueSeconds: number;
}

/** Returns what the queue has left to do. The schema of the queue must exist. */
export async function findJobBacklog(db: Database): Promise<JobBacklog> {
  const isWaiting = sql`state in ('created', 'retry')`;
  const { rows } = await sql<{ dead: number; due: number; age: number }>`
    select count(*) filter (where name = ${deadLetterQueue})::int as dead,
      count(*) filter (where name <> ${deadLetterQueue} and start_after <= now())::int as due,
      coalesce(extract(epoch from now() - min(start_after) filter (
        where name <> ${deadLetterQueue} and start_after <= now())), 0)::float8 as age
    from pgboss.job where ${isWaiting}`.execute(db);
  const { dead = 0, due = 0, age = 0 } = rows[0] ?? {};
  return { deadLetters: dead, due, oldestDueSeconds: age };
}
