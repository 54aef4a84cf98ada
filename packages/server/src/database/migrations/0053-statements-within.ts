import { type Kysely, sql } from "kysely";

/**
 * Runs a statement that another library wrote, pg-boss's insertion of a job, within a statement of ours: both then commit or
 * fail together without a transaction around them. It runs with the rights of its caller, so it allows nothing new. The
 * result is always true, so that it can stand in a list of columns.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function run_within(statement text, parameter text) returns boolean
      language plpgsql volatile security invoker as $$
      begin
        execute statement using parameter;
        return true;
      end
      $$`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function run_within`.execute(db);
}
