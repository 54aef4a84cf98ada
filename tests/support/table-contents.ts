import type { TestDatabase } from "./database.ts";

/**
 * Reads every row of every table, so that a comparison shows everything that a call wrote, except counts of limits and
 * later mail.
 */
export async function readTables(database: TestDatabase | undefined): Promise<unknown> {
  return await (await openTableReader(database))();
}

/** Does the same for tests that read often, with one look-up of the tables. */
export async function openTableReader(database: TestDatabase | undefined): Promise<() => Promise<unknown>> {
  if (database === undefined) return async () => undefined;
  const tables = await database.query(
    `select quote_ident(table_name) as name from information_schema.tables
      where table_schema = 'public' and table_name not in ('limit_counter', 'outbox_message') order by 1`,
  );
  const columns = tables.map(({ name }) => `(select json_agg(t order by t::text) from ${name} t) as ${name}`);
  return async () => (await database.query(`select ${columns.join(", ")}`))[0];
}
