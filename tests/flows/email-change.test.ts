import { describe, expect, test, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { linkDevice, newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle, tokenIn } from "../support/mailbox.ts";
import { type Account, type RestResponse, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const minute = 60;
const newEmail = () => `${crypto.randomUUID()}@example.org`;

const verify = (url: string, token: string) =>
  rest(url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });

const undo = (url: string, token: string) => rest(url, "/v1/auth/email/undo-change", { body: { token } });

const change = (url: string, { accessToken: token }: Account, email: string) =>
  rest(url, "/v1/auth/email/change", { token, body: { email } });

const me = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).body;

async function registerProven(
  server: TestGatehouse,
  fields: Parameters<typeof registerAccount>[1] = {},
): Promise<Account> {
  const account = await registerAccount(server.url, fields);
  await verify(server.url, await receiveToken(server, account.email, "verify-email"));
  return account;
}

/** Changes the address to another one, and answers with it. */
async function move(server: TestGatehouse, account: Account, email = newEmail()): Promise<string> {
  expect((await change(server.url, account, email)).status).toBe(204);
  expect((await verify(server.url, await receiveToken(server, email, "confirm-email-change"))).status).toBe(204);
  return email;
}

const shared = shareGatehouse();

describe("a change of address", () => {
  test("takes effect at its confirmation from the new address; the old one gets a mail before and after", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const email = newEmail();
    expect((await change(server.url, ada, email)).status).toBe(204);
    expect(await me(server.url, ada.accessToken)).toMatchObject({ email: ada.email });
    expect((await receive(server, ada.email, "email-change-requested")).text).toContain(email);
    await verify(server.url, await receiveToken(server, email, "confirm-email-change"));
    expect(await me(server.url, ada.accessToken)).toMatchObject({ email, emailVerified: true });
    expect((await receive(server, ada.email, "email-changed")).text).toContain("/account/undo-email-change#token=");
    const login = { identifier: email, password: ada.password };
    expect((await rest(server.url, "/v1/auth/login", { body: login })).status).toBe(200);
  });

  test("to a taken address gets the same answer; its owner gets a mail", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    expect((await change(server.url, ada, bob.email.toUpperCase())).status).toBe(204);
    await receive(server, bob.email, "address-already-registered");
    await settle(server);
    expect(await messagesTo(server, bob.email.toUpperCase())).toEqual([]);
  });

  test("to an address that somebody registers meanwhile is refused at its confirmation", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const email = newEmail();
    await change(server.url, ada, email);
    const token = await receiveToken(server, email, "confirm-email-change");
    await registerAccount(server.url, { email });
    const refused = await verify(server.url, token);
    expect([refused.status, refused.body.code]).toEqual([409, "EMAIL_TAKEN"]);
    expect(await me(server.url, ada.accessToken)).toMatchObject({ email: ada.email });
  });

  test("replaces the request before it", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const [first, second] = [newEmail(), newEmail()];
    await change(server.url, ada, first);
    const token = await receiveToken(server, first, "confirm-email-change");
    await change(server.url, ada, second);
    expect((await verify(server.url, token)).body.code).toBe("EMAIL_TOKEN_INVALID");
  });
});

describe("a pending change of address ends", () => {
  /** Has a confirmation sent, does this, and answers with what the confirmation then is answered with. */
  async function confirmAfter(does: (server: TestGatehouse, ada: Account) => Promise<RestResponse>): Promise<unknown> {
    const server = shared();
    const ada = await registerProven(server);
    const email = newEmail();
    await change(server.url, ada, email);
    const token = await receiveToken(server, email, "confirm-email-change");
    expect((await does(server, ada)).status).toBe(204);
    return (await verify(server.url, token)).body?.code;
  }

  const newPassword = "another horse staple";

  test("when the password is changed", async () => {
    const code = await confirmAfter(({ url }, { accessToken: token, password: currentPassword }) =>
      rest(url, "/v1/auth/password", { method: "PUT", token, body: { currentPassword, newPassword } }),
    );
    expect(code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("when the password is reset", async () => {
    const code = await confirmAfter(async (server, { email }) => {
      await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
      const token = await receiveToken(server, email, "reset-password");
      return await rest(server.url, "/v1/auth/password/reset", { body: { token, password: newPassword } });
    });
    expect(code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("when every session is ended", async () => {
    const code = await confirmAfter(({ url }, { accessToken: token }) =>
      rest(url, "/v1/auth/logout-all", { method: "POST", token }),
    );
    expect(code).toBe("EMAIL_TOKEN_INVALID");
  });

  test.each(["free", "taken"])("when another one is asked for, whether that is taken or free: %s", async (kind) => {
    const code = await confirmAfter(async ({ url }, ada) =>
      change(url, ada, kind === "free" ? newEmail() : (await registerAccount(url)).email),
    );
    expect(code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("when the session ends during the request", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { deps } = server.gatehouse;
    const email = newEmail();
    // Between the look at the session and the transaction: when the mails are counted.
    const take = vi.spyOn(deps.limits.shared, "take").mockImplementationOnce(async (counters) => {
      await runSql(deps.db, "update session set revoked_at = now(), revoked_reason = 'logout'");
      return counters.map(() => ({ allowed: true, blockedUntil: null }));
    });
    const refused = await change(server.url, ada, email);
    expect(take).toHaveBeenCalled();
    expect([refused.status, refused.body?.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
    await settle(server);
    expect(await messagesTo(server, email)).toEqual([]);
  });
});

describe("an undone change of address", () => {
  test("restores the old owner; every session ends, and they get a link to choose another password", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await move(server, ada);
    const token = await receiveToken(server, ada.email, "email-changed");
    expect((await undo(server.url, token)).status).toBe(204);
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).status).toBe(401);
    const password = "a password of the owner's";
    const resetToken = await receiveToken(server, ada.email, "reset-password");
    await rest(server.url, "/v1/auth/password/reset", { body: { token: resetToken, password } });
    const login = await rest(server.url, "/v1/auth/login", { body: { identifier: ada.email, password } });
    expect(login.body.user).toMatchObject({ id: ada.userId, email: ada.email, emailVerified: true });
    expect((await undo(server.url, token)).body.code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("removes every device from the account, also one without a session", async () => {
    const server = shared();
    const ada = await registerProven(server);
    for (const installationId of [newInstallationId(), newInstallationId()]) {
      expect((await linkDevice(server.url, ada, { installationId, pushToken: "push" })).status).toBe(200);
    }
    await move(server, ada);
    expect((await undo(server.url, await receiveToken(server, ada.email, "email-changed"))).status).toBe(204);
    const devices = await server.gatehouse.deps.db
      .selectFrom("device")
      .select(["user_id", "push_token", "active"])
      .execute();
    const nobodys = { user_id: null, push_token: null, active: false };
    expect(devices).toEqual([nobodys, nobodys]);
  });

  test("also undoes later changes, whose author has no link to undo the undo", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const thiefs = await move(server, ada);
    await move(server, ada);
    const [owners, others] = [
      await receiveToken(server, ada.email, "email-changed"),
      await receiveToken(server, thiefs, "email-changed"),
    ];
    expect((await undo(server.url, owners)).status).toBe(204);
    expect((await undo(server.url, others)).body.code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("works after somebody undid a later change, and that person has no password for the account", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const thiefs = await move(server, ada);
    server.clock.advance(minute);
    await move(server, ada);
    const owners = await receiveToken(server, ada.email, "email-changed");
    expect((await undo(server.url, await receiveToken(server, thiefs, "email-changed"))).status).toBe(204);
    expect((await undo(server.url, owners)).status).toBe(204);
    for (const identifier of [ada.email, thiefs]) {
      const body = { identifier, password: ada.password };
      expect((await rest(server.url, "/v1/auth/login", { body })).body.code).toBe("INVALID_CREDENTIALS");
    }
  });

  test("works when the new address only looks alike to us: it is another mailbox", async () => {
    const server = shared();
    const ada = await registerProven(server, { email: "ada@example.com" });
    await move(server, ada, "ａda@example.com");
    const token = await receiveToken(server, ada.email, "email-changed");
    server.clock.advance(minute);
    // The undo of this one must not take the place of the first.
    await move(server, ada);
    expect((await undo(server.url, token)).status).toBe(204);
    const password = "a password of the owner's";
    const resetToken = await receiveToken(server, ada.email, "reset-password");
    await rest(server.url, "/v1/auth/password/reset", { body: { token: resetToken, password } });
    const login = await rest(server.url, "/v1/auth/login", { body: { identifier: ada.email, password } });
    expect(login.body.user).toMatchObject({ id: ada.userId, email: ada.email });
  });

  test("is not offered when only capitals changed", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await move(server, ada, ada.email.toUpperCase());
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates).not.toContain("email-changed");
  });

  test("works although somebody tried to register the old address: it is reserved for its owner", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await move(server, ada);
    const body = { email: ada.email, password: ada.password };
    expect((await rest(server.url, "/v1/auth/register", { body })).body.code).toBe("EMAIL_TAKEN");
    const thief = await registerAccount(server.url);
    await change(server.url, thief, ada.email);
    const confirmation = tokenIn(await receive(server, ada.email, "confirm-email-change"));
    expect((await verify(server.url, confirmation)).body.code).toBe("EMAIL_TAKEN");
    const token = await receiveToken(server, ada.email, "email-changed");
    expect((await undo(server.url, token)).status).toBe(204);
  });

  test("works for a week", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await move(server, ada);
    const token = await receiveToken(server, ada.email, "email-changed");
    server.clock.advance(7 * 24 * 60 * minute);
    expect((await undo(server.url, token)).body.code).toBe("EMAIL_TOKEN_INVALID");
    await registerAccount(server.url, { email: ada.email });
  });

  test("is not offered when the old address was never proven: it may be a stranger's", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await move(server, ada);
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates).toEqual(["verify-email"]);
  });
});
