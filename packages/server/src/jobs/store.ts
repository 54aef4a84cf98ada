import { sql } from "kysely";
import type { Database } from "../database/connection.ts";

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
