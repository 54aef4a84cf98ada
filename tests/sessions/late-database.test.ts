import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";

const graceSeconds = 30;
const day = 24 * 60 * 60;

/** Holds back everything that reads or writes sessions, until it is released. */
async function lockSessions({ url }: TestDatabase) {
  const client = new Client(url);
  await client.connect();
  await client.query("begin");
  await client.query("lock table session in access exclusive mode");
  return { release: () => client.query("commit"), [Symbol.asyncDispose]: () => client.end() };
}

/** Asks the database itself whether a refresh waits for it. */
async function untilRefreshWaits({ query }: TestDatabase): Promise<void> {
  const waiting = `select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like 'with "live" as%'`;
  await vi.waitFor(async () => expect(await query(waiting)).toHaveLength(1), patience);
}

describe.skipIf(postgresUnreachable)("while the database stands still", () => {
  test.each([
    { presentedAfterSeconds: graceSeconds, status: 200, code: undefined },
    { presentedAfterSeconds: graceSeconds + 1, status: 401, code: "REFRESH_TOKEN_REUSED" },
  ])(
    "a replaced token is judged by its time of arrival, $presentedAfterSeconds seconds after the rotation",
    async (late) => {
      await using server = await startGatehouse();
      const { database } = server;
      if (database === undefined) throw new Error("There is no database to lock");
      const { refreshToken } = await registerAccount(server.url);
      const refresh = () => rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
      await refresh();
      server.clock.advance(late.presentedAfterSeconds);
      await using sessions = await lockSessions(database);
      const answer = refresh();
      await untilRefreshWaits(database);
      server.clock.advance(day);
      await sessions.release();
      const { status, body } = await answer;
      expect([status, body.code]).toEqual([late.status, late.code]);
    },
  );
});
