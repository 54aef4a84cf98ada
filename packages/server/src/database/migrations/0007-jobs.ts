import { type Kysely, sql } from "kysely";
import { getConstructionPlans } from "pg-boss";

/** What the plan opens and closes its own transaction with; this one runs in that of the migrations. */
const transactionCommands = /^\s*(BEGIN|COMMIT|SET LOCAL \w+ = \d+);$/gm;

/**
 * The tables of the job queue, in a schema of their own, as the installed version of the library makes them. A newer
 * version of it brings them up to date when a server starts.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = getConstructionPlans("pgboss").replaceAll(transactionCommands, "");
  // In one command, because PGlite takes one at a time.
  await sql.raw(`do $gatehouse$ begin execute $plan$${statements}$plan$; end $gatehouse$`).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop schema pgboss cascade`.execute(db);
}
