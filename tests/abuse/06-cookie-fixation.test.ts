import { describe, expect, test } from "vitest";
import { accessCookie, pageOrigin, refreshCookie, signInWithCookies } from "../support/cookies.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

/** Names under which a subdomain, or a page without HTTPS, can plant a cookie: browsers keep `__Host-` from both. */
const plantable: readonly [string, (name: string) => string][] = [
  ["no prefix", (name) => name.replace("__Host-", "")],
  ["the weaker prefix", (name) => name.replace("__Host-", "__Secure-")],
  ["another case", (name) => name.toLowerCase()],
  ["capitals", (name) => name.toUpperCase()],
  ["an underscore missing", (name) => name.slice(1)],
  ["percent-encoding", (name) => name.replace("_", "%5F")],
  ["quotes", (name) => `"${name}"`],
  // Sent by Chromium; a server that trims it as Unicode's whitespace reads a name that no browser would have let in.
  ["a wide space before it", (name) => Buffer.from(`\u2000${name}`).toString("latin1")],
  ["a space that is none in HTTP", (name) => `\u00a0${name}`],
  ["a line separator before it", (name) => `\u0085${name}`],
  ["something before it", (name) => `x${name}`],
  ["an equals sign before it", (name) => `x=${name}`],
];

describe("row 6: session fixation by a cookie set from a subdomain (GHSA-mq4x-r2w3-j7mr)", () => {
  test("a cookie of another name signs nobody in", async () => {
    await using server = await startGatehouse();
    const evil = await signInWithCookies(server.url);
    for (const [what, alias] of plantable) {
      const cookie = `${alias(accessCookie)}=${evil.access}; ${alias(refreshCookie)}=${evil.refresh}`;
      const headers = { cookie, origin: pageOrigin };
      expect([what, (await rest(server.url, "/v1/users/me", { headers })).body.code]).toEqual([
        what,
        "UNAUTHENTICATED",
      ]);
      expect([what, (await rest(server.url, "/rpc/user.me", { headers })).status]).toEqual([what, 401]);
      const refreshed = await rest(server.url, "/v1/auth/refresh", { method: "POST", headers });
      expect([what, refreshed.status, refreshed.headers.getSetCookie()]).toEqual([what, 401, []]);
    }
  });

  test("a cookie of another name beside the owner's own changes nothing", async () => {
    await using server = await startGatehouse();
    const [owner, evil] = [await signInWithCookies(server.url), await signInWithCookies(server.url)];
    for (const [what, alias] of plantable) {
      const planted = `${alias(accessCookie)}=${evil.access}; ${alias(refreshCookie)}=${evil.refresh}`;
      for (const cookie of [`${planted}; ${owner.headers["cookie"]}`, `${owner.headers["cookie"]}; ${planted}`]) {
        const me = await rest(server.url, "/v1/users/me", { headers: { cookie } });
        expect([what, me.status, me.body.email]).toEqual([what, 200, owner.email]);
      }
    }
  });

  test("a sign-in always begins a new session, whatever cookies came", async () => {
    await using server = await startGatehouse();
    const [owner, evil] = [await signInWithCookies(server.url), await signInWithCookies(server.url)];
    const { email: identifier, password } = owner;
    const body = { identifier, password, transport: "cookie" };
    const login = await rest(server.url, "/v1/auth/login", { body, headers: evil.headers });
    expect(login.status).toBe(200);
    expect([owner.sessionId, evil.sessionId]).not.toContain(login.body.session.id);
  });
});
