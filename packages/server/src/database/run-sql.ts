import { sql } from "kysely";
import type { Database } from "./connection.ts";

/** The result of a statement. */
export interface SqlResult {
  readonly rows: readonly Record<string, unknown>[];
  /** The number of rows that a statement wrote. Some drivers also set it for a statement that only reads. */
  readonly affectedRows: bigint | undefined;
}

/** Runs one handwritten statement, from the SQL prompt or a test. The server's own statements are in its stores. */
export async function runSql(db: Database, statement: string): Promise<SqlResult> {
  const { rows, numAffectedRows } = await sql.raw<Record<string, unknown>>(statement).execute(db);
  return { rows, affectedRows: numAffectedRows };
}
