import { authedProcedure, type CallLimit } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { operations, transports } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { batch, failLogins } from "../support/logins.ts";
import { expectRefusal } from "../support/refusal.ts";
import { registerAccount, rest } from "../support/rest.ts";

const twicePerUser: CallLimit = { name: "test.export", per: "user", max: 2, windowSeconds: 60 };

/** An app's own procedures, which share a limit. */
const limited = {
  exports: {
    first: exportProcedure("/v1/exports/first"),
    second: exportProcedure("/v1/exports/second"),
  },
};

function exportProcedure(path: `/${string}`) {
  return authedProcedure
    .meta({ openapi: { method: "POST", path, tags: ["Exports"], summary: "Export" }, limits: [twicePerUser] })
    .input(z.void())
    .output(z.void())
    .mutation(() => undefined);
}

describe("a limit on a procedure", () => {
  test.each(transports)("is reported over $name with the seconds to wait", async (transport) => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "1" } });
    const operation = operations.find(({ procedure }) => procedure === "auth.login");
    if (operation === undefined) throw new Error("there is no auth.login");
    const input = { identifier: "ada@example.com", password: "guess" };
    await transport.send(server.url, operation, input);
    server.clock.advance(20.5);
    const refused = await transport.send(server.url, operation, input);
    expectRefusal(transport, refused);
    expect([refused.status, refused.code, refused.headers.get("retry-after")]).toEqual([
      429,
      "TOO_MANY_REQUESTS",
      "40",
    ]);
  });

  test("ends with its window, and does not count refused calls", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "2" } });
    expect(await failLogins(server.url, "ada", 4)).toEqual([401, 401, 429, 429]);
    server.clock.advance(60);
    expect(await failLogins(server.url, "ada", 3)).toEqual([401, 401, 429]);
  });

  test("counts calls with a wrong input, so that every guess is counted", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "2" } });
    for (const body of [{}, { identifier: "ada" }]) {
      expect((await rest(server.url, "/v1/auth/login", { body })).status).toBe(400);
    }
    expect(await failLogins(server.url, "ada", 1)).toEqual([429]);
  });

  test("of an app's own counts for each user, across all procedures that declare it", async () => {
    await using server = await startGatehouse({ routers: limited });
    const [ada, grace] = [await registerAccount(server.url), await registerAccount(server.url)];
    const call = async ({ accessToken: token }: typeof ada, path: string) =>
      (await rest(server.url, `/v1/exports/${path}`, { method: "POST", token })).status;
    expect([await call(ada, "first"), await call(ada, "second"), await call(ada, "first")]).toEqual([204, 204, 429]);
    expect(await call(grace, "first")).toBe(204);
  });

  test.each([
    ["LIMIT_REGISTRATIONS_PER_IP_PER_HOUR", "/v1/auth/register", 400, 3600],
    ["LIMIT_REFRESHES_PER_IP_PER_MINUTE", "/v1/auth/refresh", 401, 60],
    ["LIMIT_DEVICE_REGISTRATIONS_PER_IP_PER_HOUR", "/v1/devices", 400, 3600],
  ])("is set by %s", async (...[name, path, status, windowSeconds]) => {
    await using server = await startGatehouse({ environment: { [name]: "1" } });
    const send = async () => await rest(server.url, path, { body: {} });
    expect((await send()).status).toBe(status);
    const refused = await send();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(windowSeconds)]);
  });

  test("is off when the setting is 0", async () => {
    const environment = { LIMIT_LOGINS_PER_IP_PER_MINUTE: "0", LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "0" };
    await using server = await startGatehouse({ environment });
    const { email } = await registerAccount(server.url);
    expect(await failLogins(server.url, email, 40)).toEqual(Array.from({ length: 40 }, () => 401));
  });

  test("is in the document of every operation", async () => {
    await using server = await startGatehouse({ environment: { DOCS: "on" } });
    const { body } = await rest(server.url, "/openapi.json");
    const described = Object.values<Record<string, { responses: object }>>(body.paths).flatMap((item) =>
      Object.values(item).map(({ responses }) => Object.keys(responses)),
    );
    expect(described.length).toBeGreaterThan(0);
    for (const statuses of described) expect(statuses).toContain("429");
  });
});

describe("the limit on all calls of an address", () => {
  test("counts each call, also in a batch, and no health checks", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_CALLS_PER_IP_PER_MINUTE: "30" } });
    const wrong = Array.from({ length: 50 }, () => ({ refreshToken: "wrong" }));
    const outcomes = await batch(server.url, "auth.refresh", wrong);
    expect(outcomes.filter((outcome) => outcome === "TOO_MANY_REQUESTS")).toHaveLength(20);
    expect((await rest(server.url, "/v1/ping")).status).toBe(429);
    expect((await rest(server.url, "/health/live")).status).toBe(200);
  });

  test("ends with the minute", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_CALLS_PER_IP_PER_MINUTE: "1" } });
    expect((await rest(server.url, "/v1/ping")).status).toBe(200);
    const refused = await rest(server.url, "/v1/ping");
    expect(refused.status).toBe(429);
    server.clock.advance(Number(refused.headers.get("retry-after")));
    expect((await rest(server.url, "/v1/ping")).status).toBe(200);
  });
});
