import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";

describe.skipIf(postgresUnreachable)("row 3: a crash between the commit of a refresh and its response", () => {
  test("leaves the retry on the next process with a working successor", async () => {
    await using database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
      PUBLIC_URL: "http://gatehouse.test",
      REFRESH_GRACE_SECONDS: "0",
    };
    // The trigger holds the rotation's commit back until the process that asked for it is gone, and the gate opens.
    await database.query(`create function hold() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(1); return new; end $$`);
    await database.query(`create trigger hold after update of refresh_counter on session
      for each row execute function hold()`);
    await using crashing = await startServerProcess(environment);
    const account = await registerAccount(crashing.url);
    await using opened = new AsyncDisposableStack();
    const gate = new Client(database.url);
    await gate.connect();
    opened.defer(() => gate.end());
    await gate.query("select pg_advisory_lock(1)");
    // The next process takes its time to start; with the key it may.
    const request = {
      body: { refreshToken: account.refreshToken },
      headers: { "idempotency-key": crypto.randomUUID() },
    };
    const lost = rest(crashing.url, "/v1/auth/refresh", request);
    const refused = expect(lost).rejects.toThrow();
    await untilRotationRuns(database.query);
    crashing.child.kill("SIGKILL");
    await once(crashing.child, "exit");
    await refused;
    await gate.query("select pg_advisory_unlock(1)");
    await using next = await startServerProcess(environment);
    const retry = await rest(next.url, "/v1/auth/refresh", request);
    expect(retry.status).toBe(200);
    const again = await rest(next.url, "/v1/auth/refresh", request);
    expect(again.body.session.refreshToken).toBe(retry.body.session.refreshToken);
    const [session] = await database.query("select refresh_counter, revoked_at from session");
    expect(session).toEqual({ refresh_counter: 1, revoked_at: null });
  });
});

/** Asks the database itself whether the rotation is running. */
async function untilRotationRuns(query: (text: string) => Promise<Record<string, unknown>[]>): Promise<void> {
  const running = `select 1 from pg_stat_activity
    where datname = current_database() and state = 'active' and query like 'with "live" as%'`;
  while ((await query(running)).length === 0);
}
