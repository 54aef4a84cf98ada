import { Client } from "pg";
import type { TestDatabase } from "./database.ts";

/** Reads the tables over a connection that stays open. */
export interface TableReader extends AsyncDisposable {
  /**
   * Every row of every table, to be compared: all that a call writes makes a difference, except that it was counted, and mail
   * that arrives later. Tables that only jobs write are left out, since jobs run when they like.
   */
  read(): Promise<unknown>;
}

const counters = ["limit_counter", "outbox_message"];

/** The numbers of a day, and the chain over the events of the audit log, whose links are tables by month. */
const writtenByJobs = ["account_day", "audit_chain", "audit_checkpoint"];

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
      where table_schema = 'public' and table_name <> all ($1) and table_name not like 'audit_link%' order by 1`,
    [[...counters, ...writtenByJobs]],
  );
  const columns = tables.map(({ name }) => `(select json_agg(t order by t::text) from ${name} t) as ${name}`);
  return {
    read: async () => (await client.query(`select ${columns.join(", ")}`)).rows[0],
    [Symbol.asyncDispose]: () => client.end(),
  };
}
