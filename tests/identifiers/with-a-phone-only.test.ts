import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { codeIn, receive, receiveToken, settle } from "../support/mailbox.ts";
import { newNumber, registerByPhone, withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse({ environment: withPhones });

const login = (identifier: string, password = "correct horse battery") =>
  rest(server().url, "/v1/auth/login", { body: { identifier, password } });

describe("signing in by a number", () => {
  test.each([
    ["in E.164", (phone: string) => phone],
    ["with spaces", (phone: string) => ` ${phone.slice(0, 3)} ${phone.slice(3, 6)} ${phone.slice(6)} `],
    ["with other separators", (phone: string) => `${phone.slice(0, 3)}-(${phone.slice(3, 6)}).${phone.slice(6)}`],
    [
      "in full width",
      (phone: string) => phone.replaceAll(/./g, (each) => String.fromCodePoint((each.codePointAt(0) ?? 0) + 0xfee0)),
    ],
    ["with the marks of an address book", (phone: string) => `\u202a${phone}\u202c`],
  ])("works %s", async (_how, write) => {
    const { phone, userId } = await registerByPhone(server());
    const { status, body } = await login(write(phone));
    expect([status, body.user?.id]).toEqual([200, userId]);
  });

  test("works for an account that added its number later, and for it alone", async () => {
    const { url } = server();
    const { accessToken: token, userId } = await registerAccount(url);
    const phone = newNumber();
    await rest(url, "/v1/auth/phone", { token, body: { phone } });
    expect((await login(phone)).body.code).toBe("INVALID_CREDENTIALS");
    const code = codeIn(await receive(server(), phone, "phone-code"));
    await rest(url, "/v1/auth/phone/verify", { token, body: { code } });
    expect((await login(phone)).body.user).toMatchObject({ id: userId });
  });

  test("does not work by a number that was never proven, as an import can bring", async () => {
    const { userId } = await registerAccount(server().url);
    const phone = newNumber();
    await runSql(server().gatehouse.deps.db, `update "user" set phone = '${phone}' where public_id = '${userId}'`);
    expect((await login(phone)).body.code).toBe("INVALID_CREDENTIALS");
  });

  test("needs the country code, and never means the username of the same digits", async () => {
    const { phone } = await registerByPhone(server());
    const digits = phone.slice(1);
    expect((await login(digits)).body.code).toBe("INVALID_CREDENTIALS");
    expect((await login(phone.slice(3))).body.code).toBe("INVALID_CREDENTIALS");
    const impostor = { username: digits, password: "another horse staple" };
    expect((await rest(server().url, "/v1/auth/register", { body: impostor })).status).toBe(201);
    expect((await login(phone)).body.user).toMatchObject({ phone, username: null });
    expect((await login(digits, impostor.password)).body.user).toMatchObject({ phone: null, username: digits });
    expect((await login(phone, impostor.password)).body.code).toBe("INVALID_CREDENTIALS");
    const plus = await rest(server().url, "/v1/auth/register", { body: { ...impostor, username: phone } });
    expect([plus.status, plus.body.errors[0].path]).toEqual([400, "username"]);
  });
});

describe("an account with a number alone", () => {
  test("keeps it, whatever is removed, until it has another name", async () => {
    const { url, gatehouse } = server();
    const { userId, accessToken: token } = await registerByPhone(server(), { username: "fugitive" });
    const cleared = await rest(url, "/v1/users/me", { method: "PATCH", token, body: { username: null } });
    expect([cleared.status, cleared.body.username]).toEqual([200, null]);
    const remove = `update "user" set phone = null, phone_verified_at = null where public_id = '${userId}'`;
    await expect(runSql(gatehouse.deps.db, remove)).rejects.toThrow("user_identifier_check");
    const unprove = `update "user" set phone_verified_at = null where public_id = '${userId}'`;
    await expect(runSql(gatehouse.deps.db, unprove)).rejects.toThrow("user_identifier_check");
    await rest(url, "/v1/users/me", { method: "PATCH", token, body: { username: "fugitive" } });
    await runSql(gatehouse.deps.db, remove);
  });

  test("replaces its number by a code to the new one, and signs in by that", async () => {
    const { url } = server();
    const { phone, accessToken: token, userId } = await registerByPhone(server());
    const other = newNumber();
    await rest(url, "/v1/auth/phone", { token, body: { phone: other } });
    const code = codeIn(await receive(server(), other, "phone-code"));
    expect((await rest(url, "/v1/auth/phone/verify", { token, body: { code } })).status).toBe(204);
    expect((await login(phone)).body.code).toBe("INVALID_CREDENTIALS");
    expect((await login(other)).body.user).toMatchObject({ id: userId, phone: other });
  });

  test("adds an address, by which it is recovered, and keeps the number", async () => {
    const { url } = server();
    const { phone, accessToken: token } = await registerByPhone(server());
    const email = `${crypto.randomUUID()}@example.org`;
    await rest(url, "/v1/auth/email/change", { token, body: { email } });
    const body = { token: await receiveToken(server(), email, "confirm-email-change"), requestedBy: "me" };
    expect((await rest(url, "/v1/auth/email/verify", { body })).status).toBe(204);
    await rest(url, "/v1/auth/password/forgot", { body: { email } });
    const reset = { token: await receiveToken(server(), email, "reset-password"), password: "another horse staple" };
    expect((await rest(url, "/v1/auth/password/reset", { body: reset })).status).toBe(204);
    expect((await login(phone, reset.password)).body.user).toMatchObject({ phone, email });
  });

  test("loses its number to nobody who disowns an address that it asked for", async () => {
    const { url } = server();
    const { phone, accessToken: token } = await registerByPhone(server());
    const email = `${crypto.randomUUID()}@example.org`;
    await rest(url, "/v1/auth/email/change", { token, body: { email } });
    const body = { token: await receiveToken(server(), email, "confirm-email-change"), requestedBy: "somebody_else" };
    expect((await rest(url, "/v1/auth/email/verify", { body })).status).toBe(204);
    expect((await login(phone)).body.user).toMatchObject({ phone, email: null });
    await settle(server());
  });
});
