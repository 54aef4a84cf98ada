import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { failLogins, login } from "../support/logins.ts";
import { patience } from "../support/patience.ts";
import { registerAccount } from "../support/rest.ts";
import { storeKinds } from "./counter-stores.ts";

const environment = { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "3" };
const redis = storeKinds.find(({ name }) => name === "Redis");

/** A port at which nothing answers: connections are closed at once. */
async function openDeadPort() {
  const server = createServer((socket: Socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the port has no number");
  return {
    url: `redis://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the store of the limits", () => {
  test.skipIf(postgresUnreachable)("is shared by instances of one database, and contains no address", async () => {
    await using first = await startGatehouse({ environment });
    if (first.database === undefined) throw new Error("two servers need a PostgreSQL");
    await using second = await startGatehouse({ environment, database: first.database, clock: first.clock });
    const { email } = await registerAccount(first.url);
    expect(await failLogins(first.url, email, 2)).toEqual([401, 401]);
    expect(await failLogins(second.url, email, 2)).toEqual([401, 429]);
    const keys = (await first.database.query("select key from limit_counter")).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(key).toMatch(/^[a-z.]+:[A-Za-z0-9_-]{24}$/);
  });

  test("is the memory with the embedded database", async () => {
    await using server = await startGatehouse({ environment, embedded: true });
    expect(server.gatehouse.deps.limits.settings.store).toEqual({ kind: "memory" });
    expect(await failLogins(server.url, "ada", 4)).toEqual([401, 401, 401, 429]);
  });

  test.skipIf(redis?.unreachable !== undefined)("is Redis with REDIS_URL, also without a PostgreSQL", async () => {
    const url = process.env["REDIS_URL"] ?? "";
    const identifier = `${crypto.randomUUID()}@example.com`;
    const options = { environment: { ...environment, REDIS_URL: url }, embedded: true };
    await using first = await startGatehouse(options);
    await using second = await startGatehouse({ ...options, clock: first.clock });
    const statuses = [await failLogins(first.url, identifier, 2), await failLogins(second.url, identifier, 2)];
    expect(statuses).toEqual([
      [401, 401],
      [401, 429],
    ]);
  });

  test("is replaced by each instance's memory while it is unreachable, which is logged once", async () => {
    await using port = await openDeadPort();
    const lines: string[] = [];
    await using server = await startGatehouse({
      environment: { ...environment, REDIS_URL: port.url },
      onLog: (line) => lines.push(line),
    });
    const { email: identifier, password } = await registerAccount(server.url);
    expect((await login(server.url, { identifier, password })).status).toBe(200);
    expect(await failLogins(server.url, identifier, 4)).toEqual([401, 401, 401, 429]);
    const reports = lines.map((line) => JSON.parse(line)).filter(({ msg }) => /store of the limits/.test(msg));
    expect(reports).toMatchObject([{ level: expect.anything(), err: expect.anything() }]);
  });

  test.skipIf(postgresUnreachable)("forgets expired counts", async () => {
    await using server = await startGatehouse({ environment });
    await failLogins(server.url, "ada", 1);
    const { limits } = server.gatehouse.deps;
    const count = async () => (await server.database?.query("select key from limit_counter"))?.length;
    expect(await count()).toBeGreaterThan(0);
    await limits.shared.forgetExpired(server.clock.now());
    expect(await count()).toBeGreaterThan(0);
    server.clock.advance(24 * 60 * 60);
    await limits.shared.forgetExpired(server.clock.now());
    await vi.waitFor(async () => expect(await count()).toBe(0), patience);
  });
});
