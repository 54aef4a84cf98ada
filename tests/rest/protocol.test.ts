import { describe, expect, test } from "vitest";
import { allOperations } from "../support/calls.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** The addresses of the API, each with the methods that it answers. */
const addresses = [...Map.groupBy(allOperations, ({ rest: { path } }) => path)].map(([path, answered]) => ({
  path,
  // A mutation by GET, such as the request for a copy of one's data, has no HEAD: it would do what it does.
  answered: answered.flatMap(({ type, rest: { method } }) =>
    method === "GET" && type === "query" ? ["GET", "HEAD"] : [method],
  ),
}));

const service = ["/health/live", "/health/ready", "/openapi.json", "/.well-known/jwks.json", "/docs/errors/NOT_FOUND"];

const shared = shareGatehouse({ environment: { DOCS: "on" } });

describe("a wrong method", () => {
  test("gets 405 wherever an address has others, which Allow lists", async () => {
    const server = shared();
    for (const { path, answered } of [...addresses, ...service.map((path) => ({ path, answered: ["GET", "HEAD"] }))]) {
      for (const method of methods.filter((candidate) => !answered.includes(candidate))) {
        const answer = await rest(server.url, path.replaceAll(/[{}]/g, ""), { method });
        expect([path, method, answer.status]).toEqual([path, method, 405]);
        expect(answer.headers.get("allow")?.split(", ").toSorted()).toEqual([...answered, "OPTIONS"].toSorted());
        if (method !== "HEAD") expect(answer.body.code).toBe("METHOD_NOT_ALLOWED");
      }
    }
  });
});

describe("an unknown address", () => {
  test("gets 404 as a problem document", async () => {
    const server = shared();
    for (const path of ["/v1/", "/v1/nobody", "/v2/ping", "/v1/ping/", "/V1/ping", "//v1/ping", "/admin", "/.env"]) {
      for (const method of ["GET", "POST"]) {
        const { status, headers, body } = await rest(server.url, `http://${new URL(server.url).host}${path}`, {
          method,
        });
        expect([path, status, headers.get("content-type")]).toEqual([
          path,
          404,
          "application/problem+json; charset=utf-8",
        ]);
        expect(body).toMatchObject({ status: 404, code: "NOT_FOUND", requestId: headers.get("x-request-id") });
      }
    }
  });

  test("below /docs gets 404, and cannot leave the folder", async () => {
    const server = shared();
    for (const path of [
      "/docs/static/nope.js",
      "/docs/static/%2e%2e/package.json",
      "/docs/static/%00",
      "/docs/static/..%2f..%2fpackage.json",
    ]) {
      const { status, body } = await rest(server.url, path);
      expect([path, status, body.code]).toEqual([path, 404, "NOT_FOUND"]);
    }
  });
});

describe("a call that requires a sign-in", () => {
  const signedIn = allOperations.filter(({ meta }) => meta.security === "bearer");

  test("gets 401 with one challenge without a token, and another with a wrong token", async () => {
    const server = shared();
    for (const {
      rest: { method, path },
    } of signedIn) {
      const address = path.replaceAll(/[{}]/g, "");
      const nobody = await rest(server.url, address, { method });
      expect([nobody.status, nobody.body.code]).toEqual([401, "UNAUTHENTICATED"]);
      expect(nobody.headers.get("www-authenticate")).toBe('Bearer realm="gatehouse"');
      for (const authorization of ["Bearer wrong", "Bearer a.b.c", "Bearer ", "Basic YTpi", "wrong"]) {
        const answer = await rest(server.url, address, { method, headers: { authorization } });
        expect([authorization, answer.status, answer.body.code]).toEqual([authorization, 401, "ACCESS_TOKEN_INVALID"]);
        expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="gatehouse", error="invalid_token"');
      }
    }
  });

  test("accepts the scheme in any letter case, as HTTP requires", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      const headers = { authorization: `${scheme} ${accessToken}` };
      expect((await rest(server.url, "/v1/users/me", { headers })).status).toBe(200);
    }
  });
});

describe("HEAD", () => {
  test("returns what GET returns, without the body", async () => {
    const server = shared();
    const { accessToken: token } = await registerAccount(server.url);
    for (const path of ["/v1/ping", "/v1/users/me", "/v1/devices", "/health/live", "/openapi.json"]) {
      const get = await rest(server.url, path, { token });
      const head = await rest(server.url, path, { method: "HEAD", token });
      expect([path, head.status, head.body]).toEqual([path, 200, undefined]);
      expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    }
    const refused = await rest(server.url, "/v1/users/me", { method: "HEAD" });
    expect([refused.status, refused.body]).toEqual([401, undefined]);
  });
});

describe("a problem document", () => {
  test("has a type that links to the page of its code", async () => {
    const server = shared();
    for (const path of ["/v1/nobody", "/v1/users/me", "/v1/ping?x=1", "/v1/devices/%zz"]) {
      const { body } = await rest(server.url, path);
      const page = await fetch(new URL(new URL(body.type).pathname, server.url));
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(await page.text()).toContain(body.code);
    }
  });
});
