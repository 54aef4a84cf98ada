import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { patience } from "../support/patience.ts";
import { registerAccount } from "../support/rest.ts";

const changes = [
  { change: "another password", sql: "update password set version = version + 1", code: "INVALID_CREDENTIALS" },
  { change: "the removal of the password", sql: "delete from password", code: "INVALID_CREDENTIALS" },
  { change: "the disabling of the user", sql: `update "user" set status = 'disabled'`, code: "ACCOUNT_DISABLED" },
  { change: "the deletion of the user", sql: `update "user" set deleted_at = now()`, code: "ACCOUNT_DISABLED" },
] as const;

describe.skipIf(postgresUnreachable)("a login whose password was right when it was verified", () => {
  test.each(changes)("is refused after $change, for which it had to wait", async ({ sql, code }) => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { database } = server;
    if (database === undefined) throw new Error("There is no PostgreSQL.");
    const { email, password } = await registerAccount(server.url);
    const answer = await whileChanging(database, sql, () => login(server.url, { identifier: email, password }));
    expect(answer.body).toMatchObject({ code });
    expect(await database.query("select from session")).toHaveLength(1);
  });
});

/** Makes a change, does the work until it waits for the change, and then commits. */
async function whileChanging<T>(database: TestDatabase, sql: string, work: () => Promise<T>): Promise<T> {
  const client = new Client(database.url);
  await client.connect();
  try {
    await client.query(`begin; select from "user" for no key update; ${sql}`);
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
