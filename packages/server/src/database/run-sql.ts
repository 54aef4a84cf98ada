import { sql } from "kysely";
import type { Database } from "./connection.ts";

/** What a statement answered with. */
export interface SqlResult {
  readonly rows: readonly Record<string, unknown>[];
  /** Of a statement that writes; not every driver leaves it out of one that reads. */
  readonly affectedRows: bigint | undefined;
}

/** Runs one statement that somebody wrote by hand, at the SQL prompt or in a test; the server's own are in stores. */
export async function runSql(db: Database, statement: string): Promise<SqlResult> {
  const { rows, numAffectedRows } = await sql.raw<Record<string, unknown>>(statement).execute(db);
  return { rows, affectedRows: numAffectedRows };
}
