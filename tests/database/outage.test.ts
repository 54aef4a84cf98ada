import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

describe.skipIf(postgresUnreachable)("while the database is away", () => {
  test("calls that need it answer 503 with a time to retry, and work again afterwards", async () => {
    await using database = await createTestDatabase();
    await using proxy = await startTcpProxy(database.url);
    await using server = await startGatehouse({ database, environment: { DATABASE_URL: proxy.url } });
    const { accessToken: token } = await registerAccount(server.url);
    await proxy.cut();
    const overRest = await rest(server.url, "/v1/users/me", { token });
    expect([overRest.status, overRest.body.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(overRest.headers.get("retry-after")).toBe("2");
    expect(JSON.stringify(overRest.body)).not.toMatch(/ECONN|127\.0\.0\.1|terminated/);
    const overRpc = await rest(server.url, "/rpc/user.me", { token });
    expect([overRpc.status, overRpc.body.error.json.data.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect((await rest(server.url, "/v1/ping")).status).toBe(200);
    await proxy.restore();
    expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(200);
  });
});
