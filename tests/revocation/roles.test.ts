import { setTimeout as delay } from "node:timers/promises";
import { authedProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { type ListeningProxy, startListeningProxy } from "./listening-proxy.ts";
import { maxRevocationMillis } from "./stream-of-calls.ts";

/** An app's procedure that goes by the roles of the token's user, as it knows them. */
const routers = {
  roles: authedProcedure
    .meta({ openapi: { method: "GET", path: "/v1/own-roles", tags: ["Test"], summary: "The caller's roles" } })
    .input(z.void())
    .output(z.array(z.string()))
    .query(({ ctx }) => [...ctx.actor.roles]),
};

const disturbances: Readonly<Record<string, (proxy: ListeningProxy) => void>> = {
  "hears of it": () => undefined,
  "lost its listening connection": (proxy) => proxy.cut(),
  "hears nothing on its listening connection": (proxy) => proxy.silence(),
};

describe.skipIf(postgresUnreachable)("a role that is given or taken", () => {
  // At once, since each waits for seconds.
  test.concurrent.each(Object.entries(disturbances))(
    "applies to existing tokens a second later on an instance that %s",
    async (_how, disturb) => {
      await using database = await createTestDatabase();
      await using proxy = await startListeningProxy(database.url);
      await using server = await startGatehouse({ database: { ...database, url: proxy.url }, routers });
      const { accessToken: token, userId } = await registerAccount(server.url);
      const callRoles = async () => (await rest(server.url, "/v1/own-roles", { token })).body;
      expect(await callRoles()).toEqual([]);
      disturb(proxy);
      for (const roles of [["support"], []]) {
        await database.query(`update "user" set roles = $2 where public_id = $1`, [userId, roles]);
        const changedAt = performance.now();
        // Called again and again, so that whatever is remembered stays in use.
        while (performance.now() <= changedAt + maxRevocationMillis) await Promise.all([callRoles(), delay(10)]);
        expect(await callRoles()).toEqual(roles);
      }
    },
  );
});
