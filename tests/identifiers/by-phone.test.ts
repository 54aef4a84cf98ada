import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { drivers } from "../database/drivers.ts";
import { accessCookie, cookiesSetBy, pageOrigin, refreshCookie } from "../support/cookies.ts";
import { newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { codeIn, messagesTo, settle } from "../support/mailbox.ts";
import {
  askByPhone,
  confirmByPhone,
  newNumber,
  registerByPhone,
  type WaitingRegistration,
  waitForCode,
  withPhones,
} from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { registerByUsername } from "../support/usernames.ts";

const password = "correct horse battery";

const rows = async ({ gatehouse }: TestGatehouse, text: string) => (await runSql(gatehouse.deps.db, text)).rows;
const holdersOf = (server: TestGatehouse, phone: string) => rows(server, `select from "user" where phone = '${phone}'`);
const confirmationOf = ({ registration, code }: WaitingRegistration) => ({ registration, code });
const outcomeOf = ({ status, body }: { status: number; body: { code?: string } }) => body.code ?? status;
const resend = ({ url }: TestGatehouse, registration: string) =>
  rest(url, "/v1/auth/register/resend", { body: { registration } });

describe.each(drivers)("on %s, where a telephone number is enough", (driver) => {
  const server = shareGatehouse({ embedded: driver === "PGlite", environment: withPhones });

  test("an account is made by the code that proves the number, signs in, and is told that a code recovers it", async () => {
    const phone = newNumber();
    const asked = await askByPhone(server(), { phone, givenName: "Ada", locale: "es" });
    expect([asked.status, asked.body]).toEqual([
      202,
      { status: "code_sent", registration: expect.stringMatching(/^[\w-]{43}$/), expiresAt: expect.any(String) },
    ]);
    const lifetime = Date.parse(asked.body.expiresAt) - server().clock.now().getTime();
    expect(lifetime).toBe(10 * 60 * 1000);
    await settle(server());
    expect(await holdersOf(server(), phone)).toEqual([]);
    const [message] = await messagesTo(server(), phone);
    expect(message?.text).toMatch(/^.+: \d{6} es tu clave para crear una cuenta\. /);
    const code = codeIn({ text: message?.text ?? "" });
    const device = { installationId: newInstallationId(), platform: "ios" };
    const { registration } = asked.body;
    const { status, body } = await confirmByPhone(server(), { registration, code, device });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "signed_in", recovery: "sms", deviceStatus: "linked" });
    expect(body.user).toMatchObject({ phone, phoneVerified: true, email: null, username: null, givenName: "Ada" });
    const token = body.session.accessToken;
    const me = await rest(server().url, "/v1/auth/status", { token });
    expect([me.body.user, me.body.session.methods]).toEqual([body.user, ["pwd", "sms"]]);
    const signedIn = await rest(server().url, "/v1/auth/login", { body: { identifier: phone, password } });
    expect([signedIn.status, signedIn.body.user]).toEqual([200, body.user]);
    expect(await rows(server(), "select from pending_registration")).toEqual([]);
  });

  test("the number may come as it is dialled in its country", async () => {
    const phone = newNumber();
    const typed = `${phone.slice(3, 6)} ${phone.slice(6)}`;
    expect((await askByPhone(server(), { phone: typed, country: "ES" })).status).toBe(202);
    await settle(server());
    expect(await messagesTo(server(), phone)).toHaveLength(1);
  });

  test("of simultaneous confirmations of one registration, one makes the account", async () => {
    const waiting = await waitForCode(server());
    const calls = Array.from({ length: 5 }, () => confirmByPhone(server(), confirmationOf(waiting)));
    const outcomes = (await Promise.all(calls)).map(outcomeOf);
    expect(outcomes.toSorted()).toEqual([201, ...Array(4).fill("PHONE_CODE_INVALID")]);
    expect(await holdersOf(server(), waiting.phone)).toHaveLength(1);
  });

  test("of simultaneous confirmations of one number, the first gets it, and those who prove it too are told", async () => {
    const phone = newNumber();
    const waiting: WaitingRegistration[] = [];
    for (let index = 0; index < 4; index++) waiting.push(await waitForCode(server(), { phone }));
    const calls = waiting.map((one) => confirmByPhone(server(), confirmationOf(one)));
    const outcomes = (await Promise.all(calls)).map(outcomeOf);
    expect(outcomes.toSorted()).toEqual([201, ...Array(3).fill("PHONE_TAKEN")]);
    expect(await holdersOf(server(), phone)).toHaveLength(1);
  });
});

describe("a registration by a number", () => {
  const server = shareGatehouse({ environment: withPhones });

  test("is refused the number that another user proves meanwhile, by the code alone", async () => {
    const waiting = await waitForCode(server());
    const { phone, registration, code } = waiting;
    const { accessToken: token } = await registerAccount(server().url);
    await rest(server().url, "/v1/auth/phone", { token, body: { phone } });
    await settle(server());
    const own = (await messagesTo(server(), phone)).find(({ template }) => template === "phone-code");
    await rest(server().url, "/v1/auth/phone/verify", { token, body: { code: codeIn(own ?? { text: "" }) } });
    const wrong = code === "000000" ? "000001" : "000000";
    const guessed = await confirmByPhone(server(), { registration, code: wrong });
    expect([guessed.status, guessed.body.code]).toEqual([400, "PHONE_CODE_INVALID"]);
    const proven = await confirmByPhone(server(), { registration, code });
    expect([proven.status, proven.body.code]).toEqual([409, "PHONE_TAKEN"]);
    expect(await holdersOf(server(), phone)).toHaveLength(1);
  });

  test("gets another code on request, which replaces the one before", async () => {
    const { phone, registration, code } = await waitForCode(server());
    server().clock.advance(5 * 60);
    const again = await resend(server(), registration);
    const expiresAt = new Date(server().clock.now().getTime() + 10 * 60 * 1000).toISOString();
    expect([again.status, again.body]).toEqual([202, { status: "code_sent", registration, expiresAt }]);
    await settle(server());
    const [newest] = await messagesTo(server(), phone);
    const second = codeIn(newest ?? { text: "" });
    if (second !== code) {
      expect((await confirmByPhone(server(), { registration, code })).body.code).toBe("PHONE_CODE_INVALID");
    }
    server().clock.advance(9 * 60);
    expect((await confirmByPhone(server(), { registration, code: second })).status).toBe(201);
    const over = await resend(server(), registration);
    expect([over.status, over.body.code]).toEqual([400, "REGISTRATION_INVALID"]);
  });

  test("has a code for ten minutes, and waits an hour for another", async () => {
    const { registration, code } = await waitForCode(server());
    server().clock.advance(10 * 60);
    expect((await confirmByPhone(server(), { registration, code })).body.code).toBe("PHONE_CODE_INVALID");
    server().clock.advance(49 * 60);
    expect((await resend(server(), registration)).status).toBe(202);
    const late = await waitForCode(server());
    server().clock.advance(60 * 60);
    expect((await resend(server(), late.registration)).body.code).toBe("REGISTRATION_INVALID");
  });

  test("has five guesses at each code, however many come at once", async () => {
    const { phone, registration, code } = await waitForCode(server());
    const wrong = Array.from({ length: 20 }, (_, index) => String((Number(code) + index + 1) % 1_000_000));
    const guesses = wrong.map((guess) => confirmByPhone(server(), { registration, code: guess.padStart(6, "0") }));
    expect(new Set((await Promise.all(guesses)).map(outcomeOf))).toEqual(new Set(["PHONE_CODE_INVALID"]));
    expect((await confirmByPhone(server(), { registration, code })).body.code).toBe("PHONE_CODE_INVALID");
    expect(await holdersOf(server(), phone)).toEqual([]);
    await resend(server(), registration);
    await settle(server());
    const [newest] = await messagesTo(server(), phone);
    const second = codeIn(newest ?? { text: "" });
    expect((await confirmByPhone(server(), { registration, code: second })).status).toBe(201);
  });

  test("is not confirmed by the code of another registration of the number, nor by what is no code", async () => {
    const first = await waitForCode(server());
    const second = await waitForCode(server(), { phone: first.phone });
    if (first.code === second.code) return;
    const { registration } = first;
    for (const code of [second.code, "", "12345", "x".repeat(10_000)]) {
      expect((await confirmByPhone(server(), { registration, code })).body.code).toBe("PHONE_CODE_INVALID");
    }
    for (const unknown of ["", "x", "q".repeat(43)]) {
      const body = { registration: unknown, code: first.code };
      expect((await confirmByPhone(server(), body)).body.code).toBe("PHONE_CODE_INVALID");
    }
    expect((await confirmByPhone(server(), { registration, code: first.code })).status).toBe(201);
  });

  test("starts without a username that was taken meanwhile, and is refused one that is taken already", async () => {
    const username = "latecomer";
    const waiting = await waitForCode(server(), { username });
    await registerByUsername(server().url, { username });
    const { status, body } = await confirmByPhone(server(), confirmationOf(waiting));
    expect([status, body.user.username, body.user.phone]).toEqual([201, null, waiting.phone]);
    const phone = newNumber();
    const taken = await askByPhone(server(), { phone, username });
    expect([taken.status, taken.body.code]).toEqual([409, "USERNAME_TAKEN"]);
    await settle(server());
    expect(await messagesTo(server(), phone)).toEqual([]);
  });

  test("follows the rules for passwords, which know the number", async () => {
    const phone = newNumber();
    const weak = await askByPhone(server(), { phone, password: `${phone.slice(3)}${phone.slice(3, 9)}` });
    expect(weak.body).toMatchObject({ code: "PASSWORD_TOO_WEAK", errors: [{ reason: "personal" }] });
    await settle(server());
    expect(await messagesTo(server(), phone)).toEqual([]);
  });

  test("sets cookies where a browser confirms it", async () => {
    const body = { ...confirmationOf(await waitForCode(server())), transport: "cookie" };
    const headers = { origin: pageOrigin };
    const confirmed = await rest(server().url, "/v1/auth/register/confirm", { body, headers });
    expect([confirmed.status, Object.keys(cookiesSetBy(confirmed))]).toEqual([
      201,
      expect.arrayContaining([accessCookie, refreshCookie]),
    ]);
    expect(confirmed.body.session).not.toHaveProperty("refreshToken");
  });

  test("is recorded once it is an account, and stores neither the number nor the code in the open before", async () => {
    const waiting = await waitForCode(server());
    const stored = JSON.stringify(await rows(server(), "select p::text as row from pending_registration p"));
    for (const secret of [waiting.phone, waiting.code, waiting.registration, password]) {
      expect(stored).not.toContain(secret);
    }
    const { body } = await confirmByPhone(server(), confirmationOf(waiting));
    const events = await rows(
      server(),
      `select personal -> 'changes' as changes, actor_id from audit_event where action = 'user.created' and target_id = '${body.user.id}'`,
    );
    expect(events).toEqual([{ changes: { phone: { from: null, to: waiting.phone } }, actor_id: body.user.id }]);
  });

  test.each([
    ["a text that is no number", { phone: "call me" }, "phone"],
    ["a national number without a country", { phone: "600 12 34 56" }, "phone"],
    ["an address too, which waits for a proof of its own", { phone: "+34600123456", email: "a@example.com" }, "phone"],
  ])("is refused %s", async (_what, fields, path) => {
    const { status, body } = await askByPhone(server(), fields);
    expect([status, body.code, body.errors[0].path]).toEqual([400, "INVALID_INPUT", path]);
  });

  test("is refused by the name of the field where numbers are not allowed", async () => {
    await using other = await startGatehouse();
    const { status, body } = await askByPhone(other, { phone: newNumber() });
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(["phone", "email"]);
  });

  test("works in the verified mode, beside addresses", async () => {
    await using other = await startGatehouse({
      environment: { REGISTRATION_MODE: "verified", REGISTRATION_IDENTIFIERS: "email,phone" },
    });
    const { phone } = await registerByPhone(other);
    const signedIn = await rest(other.url, "/v1/auth/login", { body: { identifier: phone, password } });
    expect(signedIn.status).toBe(200);
    expect((await askByPhone(other, { email: "ada@example.com" })).body).toEqual({ status: "verification_sent" });
  });

  test("uses up no mails of the network that it comes from", async () => {
    await using other = await startGatehouse({ environment: { ...withPhones, LIMIT_MAILS_PER_IP_PER_HOUR: "1" } });
    for (let index = 0; index < 3; index++) {
      expect((await askByPhone(other, { phone: newNumber() })).status).toBe(202);
    }
  });
});
