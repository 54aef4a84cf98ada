import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { publicProcedure } from "@gatehouse/server";
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

describe("the health of a server", () => {
  test("is good while it can reach its database", async () => {
    const server = shared();
    for (const path of ["/health/live", "/health/ready"]) {
      const { status, body } = await rest(server.url, path);
      expect([path, status, body]).toEqual([path, 200, { status: "ok" }]);
    }
  });

  test.skipIf(postgresUnreachable)("is live but not ready without its database, and calls say why", async () => {
    const database = await createTestDatabase();
    await using server = await startGatehouse({ database });
    const { accessToken: token } = await registerAccount(server.url);
    await database[Symbol.asyncDispose]();
    expect((await rest(server.url, "/health/live")).status).toBe(200);
    const ready = await rest(server.url, "/health/ready");
    expect([ready.status, ready.body.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    expect(ready.body.detail).toContain("database");
    const call = await rest(server.url, "/v1/users/me", { token });
    expect(call.status).toBeGreaterThanOrEqual(500);
    expect(call.body.detail).not.toMatch(/gatehouse_test|postgres/);
  });
});

describe("the keys at /.well-known/jwks.json", () => {
  test("verify an access token for other services, and may be cached", async () => {
    const server = shared();
    const { accessToken, userId } = await registerAccount(server.url);
    const address = new URL("/.well-known/jwks.json", server.url);
    const issuer = "http://gatehouse.test";
    const expected = {
      issuer,
      audience: issuer,
      typ: "at+jwt",
      algorithms: ["EdDSA"],
      currentDate: server.clock.now(),
    };
    const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(address), expected);
    expect(payload.sub).toBe(userId);
    expect(Number(payload.exp) - Number(payload.iat)).toBe(15 * 60);
    const { headers } = await rest(server.url, address.pathname);
    expect(headers.get("content-type")).toContain("application/jwk-set+json");
    expect(headers.get("cache-control")).toBe("public, max-age=300");
  });

  test("contain nothing private", async () => {
    const server = shared();
    const { body } = await rest(server.url, "/.well-known/jwks.json");
    const names = ["alg", "crv", "kid", "kty", "use", "x"];
    for (const key of body.keys) expect(Object.keys(key).toSorted()).toEqual(names);
  });

  test.skipIf(postgresUnreachable)("are the same on every server of a database, and after a restart", async () => {
    await using database = await createTestDatabase();
    const first = await startGatehouse({ database });
    const { body } = await rest(first.url, "/.well-known/jwks.json");
    const { accessToken } = await registerAccount(first.url);
    await first.gatehouse.close();
    await using second = await startGatehouse({ database });
    const again = await rest(second.url, "/.well-known/jwks.json");
    expect(again.body).toEqual(body);
    await jwtVerify(accessToken, createLocalJWKSet(again.body), { currentDate: second.clock.now() });
    expect((await rest(second.url, "/v1/users/me", { token: accessToken })).status).toBe(200);
  });
});

/** An operation that a test holds up and lets go. */
function openGate() {
  const started = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/slow", tags: ["Gate"], summary: "Answers when it is let" } })
    .input(z.void())
    .output(z.object({ done: z.literal(true) }))
    .query(async () => {
      started.resolve();
      await released.promise;
      return { done: true as const };
    });
  return { routers: { slow }, started: started.promise, release: released.resolve };
}

describe("a server that stops", () => {
  test("finishes running requests, and accepts no new connection", async () => {
    const gate = openGate();
    await using server = await startGatehouse({ routers: gate.routers });
    const running = rest(server.url, "/v1/slow");
    await gate.started;
    const closed = server.gatehouse.close();
    await expect(fetch(new URL("/v1/ping", server.url))).rejects.toThrow();
    gate.release();
    const { status, headers, body } = await running;
    expect([status, body]).toEqual([200, { done: true }]);
    // Whoever kept the connection would keep the server from stopping.
    expect(headers.get("connection")).toBe("close");
    await closed;
  });

  test("is not ready any more, and says so to a request that was arriving", async () => {
    await using server = await startGatehouse();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write("GET /health/ready HTTP/1.1\r\nHost: x\r\n");
    // What came before the answer of this call has been read by the server.
    await rest(server.url, "/health/live");
    const closed = server.gatehouse.close();
    socket.write("\r\n");
    const answer = await text(socket);
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain("The server is stopping.");
  });

  test("can be told to stop twice", async () => {
    await using server = await startGatehouse();
    await Promise.all([server.gatehouse.close(), server.gatehouse.close()]);
    await server.gatehouse.close();
  });

  test("waits no longer than SHUTDOWN_TIMEOUT_SECONDS", async () => {
    const gate = openGate();
    await using server = await startGatehouse({
      routers: gate.routers,
      environment: { SHUTDOWN_TIMEOUT_SECONDS: "1" },
    });
    const running = rest(server.url, "/v1/slow").catch(() => "cut off");
    await gate.started;
    await server.gatehouse.close();
    expect(await running).toBe("cut off");
    gate.release();
  });
});
