import { Client } from "pg";
import { expect, vi } from "vitest";
import type { TestDatabase } from "./database.ts";
import { patience } from "./patience.ts";

/** Makes a change in a transaction, does the work until it waits for the change, and then commits the change. */
export async function whileChanging<T>(database: TestDatabase, sql: string, work: () => Promise<T>): Promise<T> {
  const client = new Client(database.url);
  await client.connect();
  try {
    await client.query(`begin; ${sql}`);
    const outcome = work();
    await vi.waitFor(async () => {
      const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
      expect(await database.query(waiting)).toHaveLength(1);
    }, patience);
    await client.query("commit");
    return await outcome;
  } finally {
    await client.end();
  }
}
