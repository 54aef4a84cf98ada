import { sql } from "kysely";
import type { Database } from "../database/connection.ts";

/** Jobs of one kind that are not to start yet. */
export interface WaitingJobs {
  readonly count: number;
  /** When the first of them starts; `undefined` if there is none. */
  readonly nextAt: Date | undefined;
}

/** How many jobs of this name wait for their time, and for how long yet. */
export async function findWaitingJobs(db: Database, name: string): Promise<WaitingJobs> {
  const { rows } = await sql<{ count: number; next_at: Date | null }>`
    select count(*)::int as count, min(start_after) as next_at from pgboss.job
    where name = ${name} and state = 'created' and start_after > now()`.execute(db);
  return { count: rows[0]?.count ?? 0, nextAt: rows[0]?.next_at ?? undefined };
}
