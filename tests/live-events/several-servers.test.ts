import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { loseNotifications, startPair } from "../support/server-pair.ts";
import { startServerProcess } from "../support/server-process.ts";
import { share } from "../support/shared-gatehouse.ts";
import { connectEvents, getTicket, openEvents } from "./event-reader.ts";

const setRoles = `update "user" set roles = $2 where public_id = $1`;
const listeners = `from pg_stat_activity where application_name = 'gatehouse listener' and datname = current_database()`;

describe.skipIf(postgresUnreachable)("on several servers", () => {
  describe("of this process", () => {
    const shared = share(startPair);

    test("the end of a session on one is sent by the other", async () => {
      const pair = shared();
      const { accessToken } = await registerAccount(pair.first.url);
      await using events = await connectEvents(pair.second.url, { token: accessToken });
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      expect(await events.rest()).toMatchObject([{ data: { type: "revoked", reason: "logout" } }, { name: "return" }]);
    });

    test("a change whose notification is lost is still sent", async () => {
      const pair = shared();
      const { accessToken } = await registerAccount(pair.first.url);
      await using events = await connectEvents(pair.second.url, { token: accessToken });
      await using _lost = await loseNotifications(pair.database);
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      expect((await events.nextOf("message")).data).toEqual({ type: "revoked", reason: "logout" });
    });

    test("a change while the listening connection is cut is still sent", async () => {
      const pair = shared();
      const { accessToken } = await registerAccount(pair.first.url);
      await using events = await connectEvents(pair.second.url, { token: accessToken });
      await pair.database.query(`select pg_terminate_backend(pid) ${listeners}`);
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      expect((await events.nextOf("message")).data).toEqual({ type: "revoked", reason: "logout" });
    });

    test("a change while nobody was connected is sent by another server, once", async () => {
      const pair = shared();
      const { accessToken, userId } = await registerAccount(pair.first.url);
      const { ticket, sessionEventId } = await getTicket(pair.first.url, accessToken);
      const first = await connectEvents(pair.first.url, { ticket, lastEventId: sessionEventId });
      await pair.database.query(setRoles, [userId, ["editor"]]);
      const editor = await first.nextOf("message");
      await first[Symbol.asyncDispose]();
      await pair.database.query(setRoles, [userId, ["admin"]]);
      await using second = await connectEvents(pair.second.url, { token: accessToken, lastEventId: editor.id });
      const admin = await second.nextOf("message");
      expect(admin.data).toEqual({ type: "roles_changed", roles: ["admin"] });
      await using third = await connectEvents(pair.first.url, { token: accessToken, lastEventId: admin.id });
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      for (const stream of [second, third])
        expect((await stream.rest()).map(({ name, data }) => data?.type ?? name)).toEqual(["revoked", "return"]);
    });

    test("a ticket opens one stream, on any server, also under simultaneous requests", async () => {
      const pair = shared();
      const { accessToken } = await registerAccount(pair.first.url);
      const { ticket } = await getTicket(pair.first.url, accessToken);
      const streams = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          openEvents([pair.first, pair.second][index % 2]?.url ?? "", { ticket }),
        ),
      );
      for (const stream of streams) await stream.next();
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      const told = (await Promise.all(streams.map((stream) => stream.next()))).map((event) => event?.data);
      expect(told.filter((data) => data?.type === "revoked")).toHaveLength(1);
      expect(told.filter((data) => data?.data?.code === "SUBSCRIPTION_TICKET_INVALID")).toHaveLength(9);
    });
  });

  test("a stopping server ends its streams without an event, stops at once, and another server goes on", async () => {
    await using database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
      PUBLIC_URL: "http://gatehouse.test",
      LOG_FORMAT: "json",
      // Longer than any test: a stop that waits for its streams fails this one.
      SHUTDOWN_TIMEOUT_SECONDS: "300",
    };
    await using first = await startServerProcess(environment);
    await using second = await startServerProcess(environment);
    const { accessToken, userId } = await registerAccount(first.url);
    const { ticket, sessionEventId } = await getTicket(first.url, accessToken);
    await using events = await connectEvents(first.url, { ticket, lastEventId: sessionEventId });
    const exited = once(first.child, "exit");
    first.child.kill("SIGTERM");
    expect(await events.rest()).toEqual([]);
    expect(await exited).toEqual([0, null]);
    expect(first.output()).not.toMatch(/"level":"(warn|error|fatal)"/);
    await database.query(setRoles, [userId, ["admin"]]);
    await using resumed = await connectEvents(second.url, { token: accessToken, lastEventId: sessionEventId });
    expect((await resumed.nextOf("message")).data).toEqual({ type: "roles_changed", roles: ["admin"] });
  });
});
