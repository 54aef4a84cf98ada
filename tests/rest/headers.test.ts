import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const app = "https://app.example.com";

const shared = shareGatehouse({ environment: { DOCS: "on" } });

describe("CORS", () => {
  const withOrigins = shareGatehouse({ environment: { CORS_ORIGINS: `${app},https://other.example.com` } });

  const preflight = (url: string, origin: string, path = "/v1/auth/login") =>
    rest(url, path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });

  test("lets named origins call and read the headers that they need", async () => {
    const server = withOrigins();
    for (const path of ["/v1/auth/login", "/v1/devices/some-installation", "/rpc/auth.login"]) {
      const { status, headers } = await preflight(server.url, app, path);
      expect(status).toBe(204);
      expect(headers.get("access-control-allow-origin")).toBe(app);
      expect(headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE");
      expect(headers.get("access-control-allow-headers")).toBe("authorization,content-type");
      expect(headers.get("vary")).toMatch(/origin/i);
    }
    const overRpc = await rest(server.url, "/rpc/ping", { headers: { origin: app } });
    expect(overRpc.headers.get("vary")).toBe("trpc-accept, accept, Origin");
    const call = await rest(server.url, "/v1/ping", { headers: { origin: app } });
    expect(call.headers.get("vary")).toBe("Origin");
    expect(call.headers.get("access-control-allow-origin")).toBe(app);
    expect(call.headers.get("access-control-expose-headers")).toBe(
      "Deprecation, Link, Retry-After, Sunset, WWW-Authenticate, X-Request-Id",
    );
  });

  test("does not let any other origin call", async () => {
    const server = withOrigins();
    for (const origin of [
      "https://evil.example",
      "https://app.example.com.evil.example",
      "http://app.example.com",
      "null",
    ]) {
      for (const answer of [
        await preflight(server.url, origin),
        await rest(server.url, "/v1/ping", { headers: { origin } }),
      ]) {
        expect(answer.headers.get("access-control-allow-origin")).not.toBe(origin);
        expect(answer.headers.get("access-control-allow-origin")).not.toBe("*");
      }
    }
  });

  test("allows no origin by default", async () => {
    const server = shared();
    const { headers } = await preflight(server.url, app);
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  test("allows every origin with *, and never with cookies", async () => {
    await using server = await startGatehouse({ environment: { CORS_ORIGINS: "*" } });
    const { headers } = await preflight(server.url, app);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("lets an allowed origin read refusals too", async () => {
    const server = withOrigins();
    for (const path of ["/v1/users/me", "/v1/nobody", "/rpc/user.me", "/v1/ping?x=1"]) {
      const { status, headers } = await rest(server.url, path, { headers: { origin: app } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers.get("access-control-allow-origin")).toBe(app);
    }
  });
});

describe("the security headers", () => {
  test("are on every answer, success or refusal", async () => {
    const server = shared();
    for (const path of [
      "/v1/ping",
      "/v1/nobody",
      "/v1/users/me",
      "/v1/devices/%zz",
      "/rpc/%zz",
      "/rpc/ping",
      "/rpc/nobody",
      "/health/live",
      "/openapi.json",
    ]) {
      const { headers } = await rest(server.url, path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.has("x-powered-by")).toBe(false);
      expect(headers.has("server")).toBe(false);
    }
  });

  test("require HTTPS when the server is reached by it, and only then", async () => {
    await using secure = await startGatehouse({ environment: { PUBLIC_URL: "https://accounts.example.com" } });
    expect((await rest(secure.url, "/v1/ping")).headers.get("strict-transport-security")).toMatch(/^max-age=31536000/);
    expect((await rest(shared().url, "/v1/ping")).headers.get("strict-transport-security")).toBeNull();
  });

  test("keep tokens out of caches", async () => {
    const server = shared();
    const { email: identifier, password, accessToken: token } = await registerAccount(server.url);
    const login = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
    const overRpc = await rest(server.url, "/rpc/auth.login", { body: { json: { identifier, password } } });
    const me = await rest(server.url, "/v1/users/me", { token });
    for (const { status, headers } of [login, overRpc, me]) {
      expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    }
  });
});

describe("the id of a request", () => {
  const behindProxy = shareGatehouse({ environment: { TRUSTED_PROXIES: "loopback" } });
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  test("is on the answer, in the problem and in every line of the log about it", async () => {
    const lines: string[] = [];
    await using server = await startGatehouse({ onLog: (line) => lines.push(line) });
    const { headers, body } = await rest(server.url, "/v1/auth/login", {
      body: { identifier: "ada", password: "wrong" },
    });
    const overRpc = await rest(server.url, "/rpc/user.me");
    await server.gatehouse.close();
    const requestId = headers.get("x-request-id");
    expect(requestId).toMatch(uuid);
    expect(body.requestId).toBe(requestId);
    expect(overRpc.body.error.json.data.requestId).toBe(overRpc.headers.get("x-request-id"));
    const logged = lines.map((line) => JSON.parse(line)).filter((line) => line.requestId === requestId);
    expect(logged).toContainEqual(
      expect.objectContaining({ msg: "request", method: "POST", path: "/v1/auth/login", status: 401, ip: "127.0.0.1" }),
    );
  });

  test("comes from a proxy that the operator trusts", async () => {
    const server = behindProxy();
    const given = "proxy-request-0001";
    const { headers, body } = await rest(server.url, "/v1/nobody", { headers: { "x-request-id": given } });
    expect([headers.get("x-request-id"), body.requestId]).toEqual([given, given]);
  });

  test.each([
    ["nobody is trusted", ""],
    ["somebody else is trusted", "10.0.0.0/8"],
  ])("does not come from the caller when %s", async (_what, TRUSTED_PROXIES) => {
    await using server = await startGatehouse({ environment: { TRUSTED_PROXIES } });
    const { headers } = await rest(server.url, "/v1/ping", { headers: { "x-request-id": "forged-request-id" } });
    expect(headers.get("x-request-id")).toMatch(uuid);
  });

  test("does not come from a value that no proxy would send", async () => {
    const server = behindProxy();
    for (const given of ["short", "x".repeat(65), "with space 1234", 'quote"12345678', "{json}-123456"]) {
      const { headers } = await rest(server.url, "/v1/ping", { headers: { "x-request-id": given } });
      expect(headers.get("x-request-id")).toMatch(uuid);
    }
  });
});
