import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { changeAddress, registerProven } from "../support/links.ts";
import { messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";

const day = 24 * 60 * 60;

const sendCode = ({ url }: TestGatehouse, token: string, phone: string, from = "127.0.0.1") =>
  rest(url, "/v1/auth/phone", { token, body: { phone }, headers: { "x-forwarded-for": from } });

const statusesOf = async (answers: readonly Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).toSorted();

const accepted = (count: number, of: number) => Array.from({ length: of }, (_, index) => (index < count ? 204 : 429));

/** Numbers of one range. */
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+3460012${3000 + index}`);

describe("row 18: messages that cost money or bother people have budgets", () => {
  test("a number gets a limited number of messages a day, from all accounts together", async () => {
    const environment = { LIMIT_SMS_PER_NUMBER_PER_DAY: "3", TRUSTED_PROXIES: "loopback" };
    await using server = await startGatehouse({ environment });
    const users = await Promise.all(Array.from({ length: 6 }, () => registerAccount(server.url)));
    const phone = "+34600123456";
    const ask = () =>
      statusesOf(users.map(({ accessToken }, index) => sendCode(server, accessToken, phone, `198.51.100.${index}`)));
    expect(await ask()).toEqual(accepted(3, 6));
    await settle(server);
    expect(await messagesTo(server, phone)).toHaveLength(3);
    server.clock.advance(day + 1);
    const { accessToken } = await registerAccount(server.url);
    expect((await sendCode(server, accessToken, phone)).status).toBe(204);
  });

  test("every notation of a number counts as one number", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_NUMBER_PER_DAY: "1" } });
    const { accessToken: token } = await registerAccount(server.url);
    const forms = [
      { phone: "+34600123456" },
      { phone: "+34 600 12 34 56" },
      { phone: "(600) 123-456", country: "ES" },
      { phone: "0034600123456", country: "ES" },
    ];
    const answers = forms.map((body) => rest(server.url, "/v1/auth/phone", { token, body }));
    expect(await statusesOf(answers)).toEqual(accepted(1, 4));
  });

  test("a range of numbers gets a limited number of messages a day", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_PREFIX_PER_DAY: "4" } });
    const { accessToken } = await registerAccount(server.url);
    const answers = numbers(10).map((phone) => sendCode(server, accessToken, phone));
    expect(await statusesOf(answers)).toEqual(accepted(4, 10));
  });

  test("a user causes a limited number of messages a day", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_USER_PER_DAY: "2" } });
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const answers = numbers(5).map((phone) => sendCode(server, ada.accessToken, phone));
    expect(await statusesOf(answers)).toEqual(accepted(2, 5));
    expect((await sendCode(server, bob.accessToken, "+34611000000")).status).toBe(204);
  });

  test("a network address causes a limited number of messages a day, however many accounts it registers", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_IP_PER_DAY: "2" } });
    const users = await Promise.all(Array.from({ length: 5 }, () => registerAccount(server.url)));
    const phones = numbers(5);
    const answers = users.map(({ accessToken }, index) => sendCode(server, accessToken, phones[index] ?? ""));
    expect(await statusesOf(answers)).toEqual(accepted(2, 5));
  });

  test("all users together cause a limited number of messages a day, to any numbers", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_DAY: "3" } });
    const users = await Promise.all(Array.from({ length: 5 }, () => registerAccount(server.url)));
    const answers = users.map(({ accessToken }, index) => sendCode(server, accessToken, `+3461${index}000000`));
    expect(await statusesOf(answers)).toEqual(accepted(3, 5));
  });

  test("a caller learns that they caused too many mails, but not that a mailbox got too many", async () => {
    await using server = await startGatehouse({
      environment: { LIMIT_MAILS_PER_IP_PER_HOUR: "6", LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" },
    });
    for (const path of ["/v1/auth/password/forgot", "/v1/auth/magic-link"]) {
      const email = `${crypto.randomUUID()}@example.com`;
      for (let mail = 0; mail < 3; mail++) expect((await rest(server.url, path, { body: { email } })).status).toBe(204);
    }
    for (const path of ["/v1/auth/password/forgot", "/v1/auth/magic-link"]) {
      const refused = await rest(server.url, path, { body: { email: `${crypto.randomUUID()}@example.com` } });
      expect([refused.status, refused.body.code]).toEqual([429, "TOO_MANY_REQUESTS"]);
    }
  });

  test("an owner gets a limited number of sign-in warnings a day, and other warnings still arrive", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SECURITY_MAILS_PER_USER_PER_DAY: "2" } });
    const { email, password, accessToken: token } = await registerAccount(server.url);
    const proof = await receiveToken(server, email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token: proof } });
    for (let index = 0; index < 5; index++) {
      const headers = { "user-agent": `Bomber/${index}` };
      await rest(server.url, "/v1/auth/login", { body: { identifier: email, password }, headers });
    }
    const body = { currentPassword: password, newPassword: "another horse battery" };
    expect((await rest(server.url, "/v1/auth/password", { method: "PUT", token, body })).status).toBe(204);
    await settle(server);
    const templates = (await messagesTo(server, email)).map(({ template }) => template);
    expect(templates.toSorted()).toEqual(["new-sign-in", "new-sign-in", "password-changed", "verify-email"]);
  });

  test("a mailbox gets a limited number of mails of each kind a day, through every procedure together, before the next ones wait", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "2" } });
    const { email, accessToken: token } = await registerAccount(server.url);
    const strangers = await Promise.all(Array.from({ length: 5 }, () => registerAccount(server.url)));
    for (let round = 0; round < 4; round++) {
      await rest(server.url, "/v1/auth/password/forgot", { body: { email: round % 2 ? email.toUpperCase() : email } });
      await rest(server.url, "/v1/auth/magic-link", { body: { email } });
      await rest(server.url, "/v1/auth/email/verification", { method: "POST", token });
    }
    for (const { accessToken } of strangers) {
      await rest(server.url, "/v1/auth/email/change", { token: accessToken, body: { email } });
    }
    await settle(server);
    const templates = (await messagesTo(server, email)).map(({ template }) => template);
    const kinds = ["address-already-registered", "magic-link", "reset-password", "verify-email"];
    expect(templates.toSorted()).toEqual(kinds.flatMap((kind) => [kind, kind]));
  });

  test("an unproven mailbox gets no warnings about sign-ins to the account", async () => {
    await using server = await startGatehouse();
    const { email: identifier, password } = await registerAccount(server.url);
    for (let index = 0; index < 10; index++) {
      const headers = { "user-agent": `Bomber/${index}` };
      await rest(server.url, "/v1/auth/login", { body: { identifier, password }, headers });
    }
    await settle(server);
    expect((await messagesTo(server, identifier)).map(({ template }) => template)).toEqual(["verify-email"]);
  });

  test("a refused registration does not use up the budget of its address", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "2" } });
    const register = (body: object) => rest(server.url, "/v1/auth/register", { body });
    const password = "correct horse battery";
    const ada = await registerAccount(server.url, { username: "ada" });
    const other = "other@example.com";
    for (let round = 0; round < 3; round++) {
      expect((await register({ email: ada.email, password })).body.code).toBe("EMAIL_TAKEN");
      expect((await register({ email: other, password: "password" })).body.code).toBe("PASSWORD_TOO_WEAK");
      expect((await register({ email: other, password, username: "ada" })).body.code).toBe("USERNAME_TAKEN");
    }
    expect((await register({ email: other, password })).status).toBe(201);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email: ada.email } });
    await receive(server, ada.email, "reset-password");
  });

  test("a registration for an address that its owner may still restore does not use up its budget", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "3" } });
    const ada = await registerProven(server);
    await changeAddress(server, ada);
    for (let round = 0; round < 4; round++) {
      const body = { email: ada.email, password: ada.password };
      expect((await rest(server.url, "/v1/auth/register", { body })).body.code).toBe("EMAIL_TAKEN");
    }
  });
});
