import { Client } from "pg";
import type { TestDatabase } from "./database.ts";

/** Reads the tables over a connection that stays open. */
export interface TableReader extends AsyncDisposable {
  /**
   * Every row of every table, to be compared: whatever a call writes makes a difference, except that it was counted, and mail
   * that arrives later.
   */
  read(): Promise<unknown>;
}

/** Reads once what a {@link TableReader} reads. */
export async function readTables(database: TestDatabase | undefined): Promise<unknown> {
  await using reader = await openTableReader(database);
  return await reader.read();
}

/** For a test that reads often: it connects and looks up the tables once. */
export async function openTableReader(database: TestDatabase | undefined): Promise<TableReader> {
  if (database === undefined) return { read: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  const client = new Client(database.url);
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
      where table_schema = 'public' and table_name not in ('limit_counter', 'outbox_message') order by 1`,
  );
  const columns = tables.map(({ name }) => `(select json_agg(t order by t::text) from ${name} t) as ${name}`);
  return {
    read: async () => (await client.query(`select ${columns.join(", ")}`)).rows[0],
    [Symbol.asyncDispose]: () => client.end(),
  };
}
