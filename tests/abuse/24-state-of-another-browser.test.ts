import { describe, expect, test } from "vitest";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { codeInAddress, newPkce } from "../support/sign-in-codes.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, begin, comeBack, errorIn, signInAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial());

const noSession = (cookies: readonly string[]) => cookies.every((cookie) => !cookie.includes("gatehouse-access"));

describe("row 24: a sign-in is bound to the browser and to the provider", () => {
  test("an attacker's answer in the browser of a victim signs nobody in, whether it began a sign-in or not", async () => {
    const { local, server } = social();
    const attackers = local.authorize((await begin(server)).location, anybody());
    const { cookie } = await begin(server);
    const returned = await comeBack(server, { cookie, parameters: attackers });
    expect([errorIn(returned.location), noSession(returned.cookies)]).toEqual(["SOCIAL_SIGN_IN_INVALID", true]);
    const without = await comeBack(server, { cookie: "", parameters: attackers });
    expect([without.status, noSession(without.cookies)]).toEqual([400, true]);
  });

  test("an answer of one provider is refused at the callback of another", async () => {
    const { local, server } = social();
    const { location, cookie } = await begin(server);
    const parameters = local.authorize(location, anybody());
    expect((await comeBack(server, { provider: "company", cookie, parameters })).status).toBe(400);
  });

  test("a cookie that was changed, or that came twice, is no cookie", async () => {
    const { local, server } = social();
    const { location, cookie } = await begin(server);
    const parameters = local.authorize(location, anybody());
    for (const sent of [`${cookie.slice(0, -4)}AAAA`, `${cookie}; ${cookie}`, "__Host-gatehouse-social=x"]) {
      expect((await comeBack(server, { cookie: sent, parameters })).status).toBe(400);
    }
  });

  test("the cookie is for this host alone, out of reach of scripts, and gone once it came back", async () => {
    const { local, server } = social();
    const { cookies, location, cookie } = await begin(server);
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-gatehouse-social=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/),
    ]);
    const { cookies: after } = await comeBack(server, { cookie, parameters: local.authorize(location, anybody()) });
    expect(after[0]).toMatch(/^__Host-gatehouse-social=; .*Max-Age=0$/);
  });
});

describe("row 24: linking is bound to the session and to the app", () => {
  const link = (url: string, token: string, body: object) => rest(url, "/v1/auth/identities", { token, body });

  test("an attacker's code links nothing in the victim's app, which has another verifier", async () => {
    const { local, server } = social();
    const [attackers, victims] = [newPkce(), newPkce()];
    const victim = await registerAccount(server.url);
    const query = { mode: "link", codeChallenge: attackers.challenge };
    const { location } = await signInAt(server, { local, person: anybody(), query });
    const body = { code: codeInAddress(location), codeVerifier: victims.verifier };
    expect((await link(server.url, victim.accessToken, body)).body.code).toBe("SIGN_IN_CODE_INVALID");
    expect((await rest(server.url, "/v1/auth/identities", { token: victim.accessToken })).body.items).toEqual([]);
  });

  test("a victim who is lured to the provider by an attacker links nothing to the attacker", async () => {
    const { local, server } = social();
    const attackers = newPkce();
    const { location } = await begin(server, { query: { mode: "link", codeChallenge: attackers.challenge } });
    const parameters = local.authorize(location, anybody());
    // The victim's browser has no cookie of the attacker's beginning.
    expect((await comeBack(server, { cookie: "", parameters })).status).toBe(400);
  });

  test("a code to link signs nobody in, and a code to sign in links nothing", async () => {
    const { local, server } = social();
    const pkce = newPkce();
    const account = await registerAccount(server.url);
    const linking = await signInAt(server, {
      local,
      person: anybody(),
      query: { mode: "link", codeChallenge: pkce.challenge },
    });
    const exchanged = await rest(server.url, "/v1/auth/sign-in-codes/exchange", {
      body: { code: codeInAddress(linking.location), codeVerifier: pkce.verifier },
    });
    expect(exchanged.body.code).toBe("SIGN_IN_CODE_INVALID");
    const signing = await signInAt(server, { local, person: anybody(), query: { codeChallenge: pkce.challenge } });
    const body = { code: codeInAddress(signing.location), codeVerifier: pkce.verifier };
    expect((await link(server.url, account.accessToken, body)).body.code).toBe("SIGN_IN_CODE_INVALID");
  });

  test("it takes a recent proof, and its code ends after a minute", async () => {
    const { local, server } = social();
    const pkce = newPkce();
    const account = await registerAccount(server.url);
    const { location } = await signInAt(server, {
      local,
      person: anybody(),
      query: { mode: "link", codeChallenge: pkce.challenge },
    });
    const body = { code: codeInAddress(location), codeVerifier: pkce.verifier };
    server.clock.advance(60);
    expect((await link(server.url, account.accessToken, body)).body.code).toBe("SIGN_IN_CODE_INVALID");
    server.clock.advance(15 * 60);
    const { body: refreshed } = await rest(server.url, "/v1/auth/refresh", {
      body: { refreshToken: account.refreshToken },
    });
    expect((await link(server.url, refreshed.session.accessToken, body)).body.code).toBe("STEP_UP_REQUIRED");
  });
});
