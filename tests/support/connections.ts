// Computes how many connections the tests open, and how many test files may run at once.
import { availableParallelism } from "node:os";
import { Client } from "pg";

/**
 * The most connections of one test file: three servers, each with `DATABASE_POOL_SIZE` (10) for its calls, 4 for its
 * jobs and 2 that listen. A file with more servers uses one of them at a time.
 */
export const connectionsPerFile = 48;

interface Workers {
  /** The most connections of one process. Default: those of a test file. */
  readonly each?: number;
  /** The most processes. Default: one more than there are cores, since tests often wait. */
  readonly max?: number;
}

/** The number of processes at once, which is no more than the server of `TEST_DATABASE_URL` has free connections for. */
export async function countWorkers(
  url = process.env["TEST_DATABASE_URL"],
  { each = connectionsPerFile, max = availableParallelism() + 1 }: Workers = {},
): Promise<number> {
  const free = url === undefined ? Number.POSITIVE_INFINITY : await countFree(url);
  return workersFor({ free, each, max });
}

/** At least one, even if it has too few connections. */
export function workersFor({ free, each, max }: { free: number; each: number; max: number }): number {
  return Math.max(1, Math.min(max, Math.floor(free / each)));
}

/** Connections that the server would still accept; unlimited if it cannot be asked. */
async function countFree(url: string): Promise<number> {
  const client = new Client(url);
  try {
    await client.connect();
    const { rows } = await client.query<{ free: number }>(
      `select (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - count(*) filter (where backend_type = 'client backend'))::int as free from pg_stat_activity`,
    );
    return rows[0]?.free ?? Number.POSITIVE_INFINITY;
  } catch {
    // The set-up of the tests reports an unreachable server.
    return Number.POSITIVE_INFINITY;
  } finally {
    await client.end();
  }
}
