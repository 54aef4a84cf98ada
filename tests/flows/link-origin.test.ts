import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { messagesTo, reachTurns, receiveToken, settle, tokenIn } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0";

const inspect = (url: string, token: string) => rest(url, "/v1/auth/email/verify/inspect", { body: { token } });

async function registerWith(server: TestGatehouse, userAgent: string) {
  const body = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  await rest(server.url, "/v1/auth/register", { body, headers: { "user-agent": userAgent } });
  return body.email;
}

/** The tokens of the mails of this template, the oldest first. */
async function tokensTo(server: TestGatehouse, email: string, template: string): Promise<readonly string[]> {
  await settle(server);
  const messages = (await messagesTo(server, email)).filter((message) => message.template === template);
  return messages.map(tokenIn).toReversed();
}

const shared = shareGatehouse();

describe("the origin of a link", () => {
  test("is shown to its reader: browser, system, address and time of the registration", async () => {
    const server = shared();
    const email = await registerWith(server, firefox);
    const registeredAt = server.clock.now().toISOString();
    const token = await receiveToken(server, email, "verify-email");
    server.clock.advance(3600);
    const { status, headers, body } = await inspect(server.url, token);
    expect([status, headers.get("cache-control"), headers.get("referrer-policy")]).toEqual([
      ...[200, "no-store", "no-referrer"],
    ]);
    expect(body).toEqual({
      purpose: "verify_email",
      email,
      requestedAt: registeredAt,
      browser: { name: "Firefox", version: "132.0" },
      system: { name: "Windows", version: "10" },
      ip: "127.0.0.1",
      redirectTo: null,
    });
  });

  test("stays the registration when the link is sent again from elsewhere, long after its session ended", async () => {
    const server = shared();
    const email = await registerWith(server, firefox);
    await receiveToken(server, email, "verify-email");
    const body = { identifier: email, password: "correct horse battery" };
    const signedIn = await rest(server.url, "/v1/auth/login", { body, headers: { "user-agent": "curl/8" } });
    await server.gatehouse.deps.db.deleteFrom("session").where("user_agent", "=", firefox).execute();
    const { accessToken: token } = signedIn.body.session;
    expect((await rest(server.url, "/v1/auth/email/verification", { method: "POST", token })).status).toBe(204);
    const [, again] = await tokensTo(server, email, "verify-email");
    expect((await inspect(server.url, again ?? "")).body).toMatchObject({ browser: { name: "Firefox" } });
  });

  test("is the second of two requests for one new address, with its browser and time", async () => {
    const server = shared();
    const { accessToken: token } = await registerProven(server);
    const email = `${crypto.randomUUID()}@example.org`;
    const change = (userAgent: string) =>
      rest(server.url, "/v1/auth/email/change", { token, body: { email }, headers: { "user-agent": userAgent } });
    await change("curl/8");
    const link = await receiveToken(server, email, "confirm-email-change");
    server.clock.advance(100);
    await change(firefox);
    const { body } = await inspect(server.url, link);
    const requestedAt = server.clock.now().toISOString();
    expect(body).toMatchObject({ requestedAt, browser: { name: "Firefox" } });
  });

  test("has the time of the request when the mail had to wait, for a registration", async () => {
    const environment = { REGISTRATION_MODE: "verified", LIMIT_MAIL_SPACING_SECONDS: "3600" };
    await using server = await startGatehouse({ environment });
    const body = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
    const register = () => rest(server.url, "/v1/auth/register", { body });
    await register();
    await settle(server);
    server.clock.advance(100);
    const requestedAt = server.clock.now().toISOString();
    await register();
    await settle(server);
    await reachTurns(server, 3600);
    const [, token] = await tokensTo(server, body.email, "complete-registration");
    expect((await inspect(server.url, token ?? "")).body).toMatchObject({ requestedAt });
  });

  test("has the time of the request when a change of address had to wait so long that its link is new", async () => {
    const day = 24 * 60 * 60;
    const environment = { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1", LIMIT_MAIL_MAX_SPACING_SECONDS: String(day) };
    await using server = await startGatehouse({ environment });
    const email = `${crypto.randomUUID()}@example.org`;
    const [eve, ada] = [await registerProven(server), await registerProven(server)];
    const change = (token: string) => rest(server.url, "/v1/auth/email/change", { token, body: { email } });
    await change(eve.accessToken);
    await change(ada.accessToken);
    const requestedAt = server.clock.now().toISOString();
    await reachTurns(server, day);
    const [, token] = await tokensTo(server, email, "confirm-email-change");
    expect((await inspect(server.url, token ?? "")).body).toMatchObject({ requestedAt });
  });

  test("is the request for a change of address", async () => {
    const server = shared();
    const { accessToken: token } = await registerProven(server);
    const email = `${crypto.randomUUID()}@example.org`;
    await rest(server.url, "/v1/auth/email/change", { token, body: { email }, headers: { "user-agent": firefox } });
    const { body } = await inspect(server.url, await receiveToken(server, email, "confirm-email-change"));
    expect(body).toMatchObject({
      purpose: "confirm_email_change",
      email,
      browser: { name: "Firefox" },
      ip: "127.0.0.1",
    });
  });

  test("is the registration when the link makes the account", async () => {
    await using server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
    const email = await registerWith(server, firefox);
    const { body } = await inspect(server.url, await receiveToken(server, email, "complete-registration"));
    expect(body).toMatchObject({
      purpose: "complete_registration",
      email,
      browser: { name: "Firefox" },
      ip: "127.0.0.1",
    });
  });

  test("never contains text that strangers wrote", async () => {
    const server = shared();
    const email = await registerWith(server, 'Mozilla/5.0 <script>alert("Your bank")</script>');
    const { body } = await inspect(server.url, await receiveToken(server, email, "verify-email"));
    expect(body).toMatchObject({ browser: null, system: null });
    expect(JSON.stringify(body)).not.toMatch(/script|bank/);
  });

  test("can be looked at any number of times, and the link still works", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const token = await receiveToken(server, ada.email, "verify-email");
    for (let look = 0; look < 3; look++) expect((await inspect(server.url, token)).status).toBe(200);
    const me = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect(me.body.emailVerified).toBe(false);
    expect((await rest(server.url, "/v1/auth/email/verify", { body: { token } })).status).toBe(204);
    const used = await inspect(server.url, token);
    expect([used.status, used.body.code]).toEqual([400, "EMAIL_TOKEN_INVALID"]);
  });

  test("is shown only for the link itself, and not for any other link", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email: ada.email } });
    const reset = await receiveToken(server, ada.email, "reset-password");
    for (const token of ["", "A".repeat(43), reset]) {
      const refused = await inspect(server.url, token);
      expect([refused.status, refused.body.code]).toEqual([400, "EMAIL_TOKEN_INVALID"]);
    }
  });

  test("is forgotten once the address is proven", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const row = await server.gatehouse.deps.db
      .selectFrom("user")
      .selectAll()
      .where("public_id", "=", ada.userId)
      .executeTakeFirstOrThrow();
    expect([row.public_id, row.registered_ip, row.registered_user_agent]).toEqual([ada.userId, null, null]);
  });
});
