import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, settle } from "../support/mailbox.ts";
import { askByPhone, newNumber, waitForCode, withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";

const start = (limits: Readonly<Record<string, string>>) =>
  startGatehouse({ environment: { ...withPhones, TRUSTED_PROXIES: "loopback", ...limits } });

const register = (server: TestGatehouse, phone: string, from = "127.0.0.1") =>
  askByPhone(server, { phone }, { "x-forwarded-for": from });

const statusesOf = async (answers: readonly Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).toSorted();

const accepted = (count: number, of: number) => Array.from({ length: of }, (_, index) => (index < count ? 202 : 429));

/** Each in a network of its own. */
const networks = Array.from({ length: 10 }, (_, index) => `198.51.${100 + index}.7`);

describe("row 18: registrations by number send few messages", () => {
  test("to one number, from all networks together, and then still for those who are signed in", async () => {
    await using server = await start({ LIMIT_SMS_PER_NUMBER_PER_DAY: "3" });
    const phone = newNumber();
    expect(await statusesOf(networks.map((from) => register(server, phone, from)))).toEqual(accepted(3, 10));
    await settle(server);
    expect(await messagesTo(server, phone)).toHaveLength(3);
    const { accessToken: token } = await registerAccount(server.url);
    expect((await rest(server.url, "/v1/auth/phone", { token, body: { phone } })).status).toBe(204);
  });

  test("to one number from one network, which leaves the number's holder a part", async () => {
    await using server = await start({ LIMIT_SMS_PER_NUMBER_PER_DAY: "5" });
    const phone = newNumber();
    const stranger = Array.from({ length: 8 }, () => register(server, phone, "198.51.100.1"));
    expect(await statusesOf(stranger)).toEqual(accepted(3, 8));
    expect((await register(server, phone, "203.0.113.9")).status).toBe(202);
  });

  test("to one range of numbers: half of its budget", async () => {
    await using server = await start({ LIMIT_SMS_PER_PREFIX_PER_DAY: "8" });
    const range = networks.map((_, index) => `+3460012${3000 + index}`);
    const answers = range.map((phone, index) => register(server, phone, networks[index]));
    expect(await statusesOf(answers)).toEqual(accepted(4, 10));
  });

  test("from one network: half of its budget", async () => {
    await using server = await start({ LIMIT_SMS_PER_IP_PER_DAY: "6" });
    const answers = networks.map(() => register(server, newNumber(), "198.51.100.1"));
    expect(await statusesOf(answers)).toEqual(accepted(3, 10));
  });

  test("altogether: half of the day's budget, so that accounts keep the rest", async () => {
    await using server = await start({ LIMIT_SMS_PER_DAY: "6" });
    expect(await statusesOf(networks.map((from) => register(server, newNumber(), from)))).toEqual(accepted(3, 10));
    const { accessToken: token } = await registerAccount(server.url);
    const body = { phone: newNumber() };
    expect((await rest(server.url, "/v1/auth/phone", { token, body })).status).toBe(204);
  });

  test("also when they ask for another code", async () => {
    await using server = await start({ LIMIT_SMS_PER_NUMBER_PER_DAY: "5" });
    const { phone, registration } = await waitForCode(server);
    const again = networks.map((from) =>
      rest(server.url, "/v1/auth/register/resend", { body: { registration }, headers: { "x-forwarded-for": from } }),
    );
    expect(await statusesOf(again)).toEqual(accepted(4, 10));
    await settle(server);
    expect(await messagesTo(server, phone)).toHaveLength(5);
  });
});
