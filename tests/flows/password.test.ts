import { describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, reachTurns, receive, receiveToken, settle } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const another = "another horse staple";

const change = (url: string, token: string, body: object) =>
  rest(url, "/v1/auth/password", { method: "PUT", token, body });

const forgot = (url: string, email: string) => rest(url, "/v1/auth/password/forgot", { body: { email } });

const reset = (url: string, token: string, password = another) =>
  rest(url, "/v1/auth/password/reset", { body: { token, password } });

const login = (url: string, identifier: string, password: string) =>
  rest(url, "/v1/auth/login", { body: { identifier, password } });

const isSignedIn = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).status === 200;

/** Somebody who has proven their address, so that they are told what happens to their account. */
async function registerProven(server: TestGatehouse): Promise<Account> {
  const account = await registerAccount(server.url);
  const token = await receiveToken(server, account.email, "verify-email");
  await rest(server.url, "/v1/auth/email/verify", { body: { token } });
  return account;
}

const shared = shareGatehouse();

test("no pending call sets a password after its session and the former password ended", async () => {
  const server = shared();
  const ada = await registerProven(server);
  const { db, passwords } = server.gatehouse.deps;
  await db.deleteFrom("password").execute();
  const hash = passwords.hash.bind(passwords);
  vi.spyOn(passwords, "hash").mockImplementationOnce(async (password) => {
    await db.updateTable("session").set({ revoked_at: new Date(), revoked_reason: "address_proven" }).execute();
    return await hash(password);
  });
  const refused = await change(server.url, ada.accessToken, { newPassword: another });
  expect([refused.status, refused.body.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
  expect(await db.selectFrom("password").selectAll().execute()).toEqual([]);
});

describe("a change of password", () => {
  test("takes the current one; other sessions end, this one goes on, and the owner gets a mail", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { body } = await login(server.url, ada.email, ada.password);
    const { status } = await change(server.url, ada.accessToken, {
      currentPassword: ada.password,
      newPassword: another,
    });
    expect(status).toBe(204);
    expect(await isSignedIn(server.url, ada.accessToken)).toBe(true);
    expect(await isSignedIn(server.url, body.session.accessToken)).toBe(false);
    const refreshed = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: body.session.refreshToken } });
    expect(refreshed.body.code).toBe("REFRESH_TOKEN_INVALID");
    expect((await login(server.url, ada.email, ada.password)).body.code).toBe("INVALID_CREDENTIALS");
    expect((await login(server.url, ada.email, another)).status).toBe(200);
    await receive(server, ada.email, "password-changed");
  });

  test("is refused when the current one is missing or wrong", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const currentPassword of [undefined, "not my password"]) {
      const refused = await change(server.url, ada.accessToken, { currentPassword, newPassword: another });
      expect([refused.status, refused.body.code]).toEqual([403, "CURRENT_PASSWORD_INVALID"]);
    }
    expect((await login(server.url, ada.email, ada.password)).status).toBe(200);
  });

  test("is refused when the policy refuses the new one", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const refused = await change(server.url, ada.accessToken, {
      currentPassword: ada.password,
      newPassword: ada.email,
    });
    expect([refused.status, refused.body.code]).toEqual([400, "PASSWORD_TOO_WEAK"]);
    expect(refused.body.errors).toMatchObject([{ path: "newPassword" }]);
  });

  test("succeeds once, of two from the same current one at once", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const answers = await Promise.all(
      [another, "a third horse staple"].map((newPassword) =>
        change(server.url, ada.accessToken, { currentPassword: ada.password, newPassword }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 403]);
  });

  test("ends links that were asked for before", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await forgot(server.url, ada.email);
    const token = await receiveToken(server, ada.email, "reset-password");
    await change(server.url, ada.accessToken, { currentPassword: ada.password, newPassword: another });
    expect((await reset(server.url, token, "a third horse staple")).body.code).toBe("PASSWORD_RESET_TOKEN_INVALID");
  });
});

describe("a forgotten password", () => {
  test("is reset by a link, which ends every session and proves the address", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    expect((await forgot(server.url, ada.email.toUpperCase())).status).toBe(204);
    const token = await receiveToken(server, ada.email, "reset-password");
    expect((await reset(server.url, token)).status).toBe(204);
    expect(await isSignedIn(server.url, ada.accessToken)).toBe(false);
    const { status, body } = await login(server.url, ada.email, another);
    expect([status, body.user.emailVerified]).toEqual([200, true]);
    await receive(server, ada.email, "password-changed");
    expect((await reset(server.url, token)).body.code).toBe("PASSWORD_RESET_TOKEN_INVALID");
  });

  test("keeps its link when the new password is refused", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await forgot(server.url, ada.email);
    const token = await receiveToken(server, ada.email, "reset-password");
    expect((await reset(server.url, token, "short")).body.code).toBe("PASSWORD_TOO_WEAK");
    expect((await reset(server.url, token, ada.email)).body.code).toBe("PASSWORD_TOO_WEAK");
    expect((await reset(server.url, token)).status).toBe(204);
  });

  test("has a link that works for an hour", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await forgot(server.url, ada.email);
    const token = await receiveToken(server, ada.email, "reset-password");
    server.clock.advance(60 * 60);
    const refused = await reset(server.url, token);
    expect([refused.status, refused.body.code]).toEqual([400, "PASSWORD_RESET_TOKEN_INVALID"]);
  });

  test("of an unknown or disabled account gets the same answer and sends nothing", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await server.database?.query(`update "user" set status = 'disabled' where public_id = $1`, [ada.userId]);
    for (const email of [ada.email, "nobody@example.com"]) {
      expect((await forgot(server.url, email)).status).toBe(204);
      await settle(server);
      expect((await messagesTo(server, email)).map(({ template }) => template)).not.toContain("reset-password");
    }
  });

  test("gets 204 when the day's mails to the address are used up, and the next mail waits", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "3" } });
    const ada = await registerAccount(server.url);
    for (let attempt = 0; attempt < 5; attempt++) expect((await forgot(server.url, ada.email)).status).toBe(204);
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates.filter((template) => template === "reset-password")).toHaveLength(3);
    await reachTurns(server, 60 * 60);
    const later = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(later.filter((template) => template === "reset-password")).toHaveLength(4);
  });
});
