import { describe, expect, test } from "vitest";
import { accessCookie, pageOrigin, refreshCookie } from "../support/cookies.ts";
import { registerProven } from "../support/links.ts";
import { login } from "../support/logins.ts";
import { receive, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import type { Person } from "../support/social/provider.ts";
import { startSocial } from "../support/social/scene.ts";
import {
  anybody,
  appAddress,
  begin,
  comeBack,
  errorIn,
  problemIn,
  signInAppAt,
  signInAt,
} from "../support/social/sign-in.ts";

const tid = "11111111-2222-3333-4444-555555555555";

const social = share(() => startSocial());

const me = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).body;

describe("somebody signs in at a provider for the first time", () => {
  test("and has an account with the address and the name that the provider vouches for, and no password", async () => {
    const { local, server } = social();
    const person = anybody();
    const { body } = await signInAppAt(server, { local, person });
    expect(body).toMatchObject({
      status: "signed_in",
      user: { email: person.email, emailVerified: true, givenName: "Ada" },
    });
    const { accessToken: token } = body.session;
    const status = await rest(server.url, "/v1/auth/status", { token });
    expect(status.body.session.methods).toEqual(["fed"]);
    const identities = await rest(server.url, "/v1/auth/identities", { token });
    expect(identities.body.items).toMatchObject([{ provider: "google", email: person.email }]);
    const set = await rest(server.url, "/v1/auth/password", {
      method: "PUT",
      token,
      body: { newPassword: "tolerant gravel nocturne" },
    });
    expect(set.status).toBe(204);
    expect((await login(server.url, { identifier: person.email, password: "tolerant gravel nocturne" })).status).toBe(
      200,
    );
  });

  test("and comes back to the same account, also with another address", async () => {
    const { local, server } = social();
    const person = anybody();
    const first = await signInAppAt(server, { local, person });
    const moved = { ...person, claims: { ...person.claims, email: `${crypto.randomUUID()}@gmail.com` } };
    const second = await signInAppAt(server, { local, person: moved });
    expect(second.body.user).toMatchObject({ id: first.body.user.id, email: person.email });
  });

  test("in a browser whose session is in cookies, at the address that it began with", async () => {
    const { local, server } = social();
    const { status, location, cookies } = await signInAt(server, { local, person: anybody() });
    expect([status, location]).toEqual([303, appAddress]);
    const names = cookies.map((cookie) => cookie.split("=", 1)[0]);
    expect(names).toEqual(["__Host-gatehouse-social", accessCookie, refreshCookie]);
    const cookie = cookies.map((line) => line.split(";", 1)[0]).join("; ");
    const answer = await rest(server.url, "/v1/users/me", { headers: { cookie, origin: pageOrigin } });
    expect(answer.status).toBe(200);
  });

  test("several times at once, and there is one account", async () => {
    const { local, server } = social();
    const person = anybody();
    const answers = await Promise.all(Array.from({ length: 6 }, () => signInAppAt(server, { local, person })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
  });
});

describe("an account has the address of somebody who signs in at a provider", () => {
  test("and both have it proven: the identity joins it, nothing ends, and its owner is told", async () => {
    const { local, server } = social();
    const account = await registerProven(server, { email: `ada-${crypto.randomUUID()}@gmail.com` });
    const person = anybody({ email: account.email.replace("ada", "Ada") });
    const { body } = await signInAppAt(server, { local, person });
    expect(body.user.id).toBe(account.userId);
    expect((await me(server.url, account.accessToken)).id).toBe(account.userId);
    expect((await login(server.url, { identifier: account.email, password: account.password })).status).toBe(200);
    await settle(server);
    expect(await receive(server, account.email, "identity-changed")).toMatchObject({
      subject: expect.stringContaining("google"),
    });
  });

  test("but not proven: its password and sessions end, and its owner is told", async () => {
    const { local, server } = social();
    const stranger = await registerAccount(server.url, { email: `${crypto.randomUUID()}@gmail.com` });
    const { body } = await signInAppAt(server, { local, person: anybody({ email: stranger.email }) });
    expect(body.user).toMatchObject({ id: stranger.userId, emailVerified: true });
    expect((await rest(server.url, "/v1/users/me", { token: stranger.accessToken })).status).toBe(401);
    expect((await login(server.url, { identifier: stranger.email, password: stranger.password })).status).toBe(401);
    await settle(server);
    await receive(server, stranger.email, "identity-changed");
  });

  const unproven: readonly (readonly [string, string, (email: string) => Person])[] = [
    ["Google of an address outside", "google", (email) => anybody({ email })],
    [
      "Google that says it is not verified",
      "google",
      (email) => anybody({ email, hd: "example.com", email_verified: false }),
    ],
    ["Google with the text true", "google", (email) => anybody({ email, hd: "example.com", email_verified: "true" })],
    ["Microsoft, whatever it says", "microsoft", (email) => anybody({ email, tid, xms_edov: true })],
    ["Facebook", "facebook", (email) => ({ ...anybody(), profile: { email } })],
    [
      "GitHub of an unverified address",
      "github",
      (email) => ({ ...anybody(), emails: [{ email, primary: true, verified: false }] }),
    ],
    ["an issuer that says nothing of it", "company", (email) => anybody({ email, email_verified: undefined })],
  ];

  test.each(unproven)("but the provider does not vouch for it: %s", async (_name, provider, personWith) => {
    const { local, server } = social();
    const account = await registerProven(server);
    const person = personWith(account.email);
    expect((await signInAppAt(server, { local, person, provider })).error).toBe("IDENTITY_NOT_LINKED");
    expect((await me(server.url, account.accessToken)).emailVerified).toBe(true);
    const { body } = await rest(server.url, "/v1/auth/identities", { token: account.accessToken });
    expect(body.items).toEqual([]);
  });

  test.each(unproven)("nor does it prove the address of a new account: %s", async (_name, provider, personWith) => {
    const { local, server } = social();
    const email = `${crypto.randomUUID()}@example.com`;
    const { body } = await signInAppAt(server, { local, person: personWith(email), provider });
    expect(body.user).toMatchObject({ email, emailVerified: false });
    expect(await receiveToken(server, email, "verify-email")).toMatch(/./);
  });
});

describe("every kind of provider", () => {
  test.each([
    ["microsoft", anybody({ tid }), false],
    [
      "github",
      { ...anybody(), emails: [{ email: `${crypto.randomUUID()}@example.com`, primary: true, verified: true }] },
      true,
    ],
    ["facebook", { ...anybody(), profile: { email: `${crypto.randomUUID()}@example.com`, first_name: "Ada" } }, false],
    ["company", anybody({ email: `${crypto.randomUUID()}@example.com` }), true],
  ] as const)("%s signs in", async (provider, person, emailVerified) => {
    const { local, server } = social();
    const { body } = await signInAppAt(server, { local, person, provider });
    expect(body).toMatchObject({ status: "signed_in", user: { emailVerified } });
  });

  test("Facebook's token of another app is refused, although it is valid", async () => {
    const { local, server } = social();
    const accessToken = local.accessToken(
      { ...anybody(), profile: { email: `${crypto.randomUUID()}@example.com` } },
      "another-app",
    );
    const { body } = await rest(server.url, "/v1/auth/social/facebook", { body: { accessToken } });
    expect(body.code).toBe("SOCIAL_CREDENTIAL_INVALID");
  });

  test("Facebook is asked with the proof of the app's secret", async () => {
    const { local, server } = social();
    await signInAppAt(server, {
      local,
      person: { ...anybody(), profile: { email: `${crypto.randomUUID()}@example.com` } },
      provider: "facebook",
    });
    expect(local.requests.map(({ path }) => path)).toContainEqual(
      expect.stringMatching(/\/me\?.*appsecret_proof=[0-9a-f]{64}/),
    );
  });

  test("without an address makes no account", async () => {
    const { local, server } = social();
    const { error } = await signInAppAt(server, { local, person: { ...anybody(), emails: [] }, provider: "github" });
    expect(error).toBe("IDENTITY_NOT_LINKED");
  });
});

describe("in the verified mode", () => {
  const verified = share(() => startSocial({ environment: { REGISTRATION_MODE: "verified" } }));

  test("a proven address makes an account, and an unproven one gets the same answer whether it is taken or free", async () => {
    const { local, server } = verified();
    const { body } = await signInAppAt(server, { local, person: anybody({ email: "ada@gmail.com" }) });
    expect(body.user.emailVerified).toBe(true);
    for (const email of ["ada@gmail.com", "free@example.com"]) {
      const { error } = await signInAppAt(server, { local, person: anybody({ email, tid }), provider: "microsoft" });
      expect(error).toBe("IDENTITY_NOT_LINKED");
    }
  });
});

describe("the browser comes back to the app with an error", () => {
  test("when the user said no", async () => {
    const { local, server } = social();
    const person = { ...anybody(), response: { code: undefined, error: "access_denied" } };
    expect(errorIn((await signInAt(server, { local, person })).location)).toBe("SOCIAL_SIGN_IN_DENIED");
  });

  test("when the account is disabled", async () => {
    const { local, server } = social();
    const person = anybody();
    const { body } = await signInAppAt(server, { local, person });
    const { deps } = server.gatehouse;
    await deps.db.updateTable("user").set({ status: "disabled" }).where("public_id", "=", body.user.id).execute();
    expect((await signInAppAt(server, { local, person })).error).toBe("ACCOUNT_DISABLED");
  });

  test("when the provider does not answer", async () => {
    const { local, server } = social();
    local.answers.set("accounts.google.com/token", (response) => response.destroy());
    expect(errorIn((await signInAt(server, { local, person: anybody() })).location)).toBe(
      "SOCIAL_PROVIDER_UNAVAILABLE",
    );
  });
});

describe("there is no address to go to, and a page says so", () => {
  test("for a browser that began nothing", async () => {
    const { local, server } = social();
    const { location } = await begin(server);
    const parameters = local.authorize(location, anybody());
    const { status, response } = await comeBack(server, { cookie: "", parameters });
    expect([status, await problemIn(response)]).toEqual([400, "SOCIAL_SIGN_IN_INVALID"]);
    const page = await fetch(`${server.url}/v1/auth/social/google/callback`, {
      headers: { accept: "text/html", "accept-language": "es" },
    });
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining("No se ha podido entrar")]);
  });

  test("for one that took longer than ten minutes", async () => {
    const { local, server } = social();
    const { location, cookie } = await begin(server);
    server.clock.advance(600);
    const { status } = await comeBack(server, { cookie, parameters: local.authorize(location, anybody()) });
    expect(status).toBe(400);
  });

  test.each([
    ["google", { redirectTo: "https://evil.example/" }, "REDIRECT_NOT_ALLOWED"],
    ["google", { redirectTo: "//localhost/" }, "REDIRECT_NOT_ALLOWED"],
    ["google", { codeChallenge: "short" }, "INVALID_INPUT"],
    ["google", { mode: "link" }, "INVALID_INPUT"],
    ["google", { unknown: "1" }, "INVALID_INPUT"],
    ["nobody", {}, "NOT_FOUND"],
  ])("for a beginning at %s with %j", async (provider, query, code) => {
    const { status, response } = await begin(social().server, { provider, query });
    expect([Math.floor(status / 100), await problemIn(response)]).toEqual([4, code]);
  });
});
