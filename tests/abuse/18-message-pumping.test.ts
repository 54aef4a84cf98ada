import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";

const day = 24 * 60 * 60;

const sendCode = ({ url }: TestGatehouse, token: string, phone: string) =>
  rest(url, "/v1/auth/phone", { token, body: { phone } });

const statusesOf = async (answers: readonly Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).toSorted();

const accepted = (count: number, of: number) => Array.from({ length: of }, (_, index) => (index < count ? 204 : 429));

/** Numbers of one range. */
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+3460012${3000 + index}`);

describe("row 18: messages that cost money or bother people have budgets", () => {
  test("a number gets so many a day, whoever asks, and the next day again", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_NUMBER_PER_DAY: "3" } });
    const users = await Promise.all(Array.from({ length: 6 }, () => registerAccount(server.url)));
    const phone = "+34600123456";
    const ask = () => statusesOf(users.map(({ accessToken }) => sendCode(server, accessToken, phone)));
    expect(await ask()).toEqual(accepted(3, 6));
    await settle(server);
    expect(await messagesTo(server, phone)).toHaveLength(3);
    server.clock.advance(day + 1);
    const { accessToken } = await registerAccount(server.url);
    expect((await sendCode(server, accessToken, phone)).status).toBe(204);
  });

  test("however a number is written, it is one", async () => {
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

  test("a range of numbers gets so many a day", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_PREFIX_PER_DAY: "4" } });
    const { accessToken } = await registerAccount(server.url);
    const answers = numbers(10).map((phone) => sendCode(server, accessToken, phone));
    expect(await statusesOf(answers)).toEqual(accepted(4, 10));
  });

  test("a user causes so many a day", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_USER_PER_DAY: "2" } });
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const answers = numbers(5).map((phone) => sendCode(server, ada.accessToken, phone));
    expect(await statusesOf(answers)).toEqual(accepted(2, 5));
    expect((await sendCode(server, bob.accessToken, "+34611000000")).status).toBe(204);
  });

  test("an address on the network causes so many a day, however many accounts it makes", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_IP_PER_DAY: "2" } });
    const users = await Promise.all(Array.from({ length: 5 }, () => registerAccount(server.url)));
    const phones = numbers(5);
    const answers = users.map(({ accessToken }, index) => sendCode(server, accessToken, phones[index] ?? ""));
    expect(await statusesOf(answers)).toEqual(accepted(2, 5));
  });

  test("a mailbox gets so many mails a day, whichever ways are taken", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAILS_PER_ADDRESS_PER_DAY: "4" } });
    const { email, accessToken: token } = await registerAccount(server.url);
    const strangers = await Promise.all(Array.from({ length: 5 }, () => registerAccount(server.url)));
    for (let round = 0; round < 4; round++) {
      await rest(server.url, "/v1/auth/password/forgot", { body: { email: round % 2 ? email.toUpperCase() : email } });
      await rest(server.url, "/v1/auth/magic-link", { body: { email } });
      await rest(server.url, "/v1/auth/email/verification", { method: "POST", token });
    }
    for (const { accessToken, password: currentPassword } of strangers) {
      await rest(server.url, "/v1/auth/email/change", { token: accessToken, body: { email, currentPassword } });
    }
    await settle(server);
    expect(await messagesTo(server, email)).toHaveLength(4);
  });

  test("a mailbox that somebody only claims gets nothing of the account's sign-ins", async () => {
    await using server = await startGatehouse();
    const { email: identifier, password } = await registerAccount(server.url);
    for (let index = 0; index < 10; index++) {
      const headers = { "user-agent": `Bomber/${index}` };
      await rest(server.url, "/v1/auth/login", { body: { identifier, password }, headers });
    }
    await settle(server);
    expect((await messagesTo(server, identifier)).map(({ template }) => template)).toEqual(["verify-email"]);
  });
});
