import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { messagesTo, settle } from "../support/mailbox.ts";
import {
  askForRecovery,
  newNumber,
  type PhoneAccount,
  registerByPhone,
  waitForRecovery,
  withPhones,
} from "../support/phone-accounts.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse({ environment: withPhones });

const password = "sandstone lullaby verdict";

const reset = (body: object): Promise<RestResponse> =>
  rest(server().url, "/v1/auth/password/reset/code", { body: { password, ...body } });
const login = (identifier: string, presented: string) =>
  rest(server().url, "/v1/auth/login", { body: { identifier, password: presented } });
const outcomeOf = ({ status, body }: RestResponse) => body?.code ?? status;
const another = (code: string) => (code === "000000" ? "000001" : "000000");
const codesTo = async (phone: string) =>
  (await messagesTo(server(), phone)).filter(({ template }) => template === "recovery-code");
const sql = (statement: string) => runSql(server().gatehouse.deps.db, statement);
const statusOf = async ({ accessToken: token }: Pick<PhoneAccount, "accessToken">) =>
  (await rest(server().url, "/v1/users/me", { token })).status;

describe("a user with a telephone number alone who forgot the password", () => {
  test("chooses another by a code, which ends every session", async () => {
    const account = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), account.phone);
    expect(waiting.recovery).toMatch(/^[\w-]{43}$/);
    expect((await reset(waiting)).status).toBe(204);
    expect(await statusOf(account)).toBe(401);
    expect((await login(account.phone, account.password)).status).toBe(401);
    expect((await login(account.phone, password)).body.status).toBe("signed_in");
    expect(outcomeOf(await reset(waiting))).toBe("PHONE_CODE_INVALID");
  });

  test("still needs the second factor to sign in", async () => {
    const account = await registerByPhone(server());
    await addAuthenticator(server(), account.accessToken);
    expect((await reset(await waitForRecovery(server(), account.phone))).status).toBe(204);
    expect((await login(account.phone, password)).body.status).toBe("mfa_required");
  });

  test("has five guesses, and a right one after them is refused", async () => {
    const { phone } = await registerByPhone(server());
    const { recovery, code } = await waitForRecovery(server(), phone);
    for (let guess = 0; guess < 5; guess++) {
      expect(outcomeOf(await reset({ recovery, code: another(code) }))).toBe("PHONE_CODE_INVALID");
    }
    expect(outcomeOf(await reset({ recovery, code }))).toBe("PHONE_CODE_INVALID");
  });

  test("loses no guess by a right code with a password that is refused", async () => {
    const { phone } = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), phone);
    for (let attempt = 0; attempt < 6; attempt++) {
      expect(outcomeOf(await reset({ ...waiting, password: "password1234" }))).toBe("PASSWORD_TOO_WEAK");
    }
    expect((await reset(waiting)).status).toBe(204);
  });

  test("chooses none by a code from before an operator ended the password", async () => {
    const account = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), account.phone);
    const { accessToken: token } = await registerWithRoles(server());
    const link = { method: "POST", token };
    expect((await rest(server().url, `/v1/users/${account.userId}/password-link`, link)).status).toBe(201);
    expect(outcomeOf(await reset(waiting))).toBe("PHONE_CODE_INVALID");
  });

  test("has ten minutes", async () => {
    const { phone } = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), phone);
    server().clock.advance(600);
    expect(outcomeOf(await reset(waiting))).toBe("PHONE_CODE_INVALID");
  });

  test("of simultaneous resets by one code, one succeeds", async () => {
    const { phone } = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), phone);
    const outcomes = (await Promise.all(Array.from({ length: 4 }, () => reset(waiting)))).map(outcomeOf);
    expect(outcomes.toSorted()).toEqual([204, ...Array(3).fill("PHONE_CODE_INVALID")]);
  });

  test("loses the codes that are out by a new password", async () => {
    const { phone } = await registerByPhone(server());
    const waiting = [await waitForRecovery(server(), phone), await waitForRecovery(server(), phone)] as const;
    expect((await reset(waiting[1])).status).toBe(204);
    expect(outcomeOf(await reset(waiting[0]))).toBe("PHONE_CODE_INVALID");
  });

  test.each([
    ["is disabled", "status = 'disabled'"],
    ["has another number", `phone = '${newNumber()}'`],
    ["has an address", "email = 'a@example.com', email_canonical = 'a@example.com'"],
  ])("gets nothing by a code when the account %s meanwhile", async (_, change) => {
    const account = await registerByPhone(server());
    const waiting = await waitForRecovery(server(), account.phone);
    await sql(`update "user" set ${change} where public_id = '${account.userId}'`);
    expect(outcomeOf(await reset(waiting))).toBe("PHONE_CODE_INVALID");
  });
});

describe("a request for a code", () => {
  test("answers alike for a number of nobody, of an account with an address, and of a disabled one, which get none", async () => {
    const [free, disabled, withAddress] = [newNumber(), await registerByPhone(server()), newNumber()];
    const { userId } = await registerAccount(server().url);
    await sql(`update "user" set phone = '${withAddress}', phone_verified_at = now() where public_id = '${userId}'`);
    const admin = await registerWithRoles(server());
    await rest(server().url, `/v1/users/${disabled.userId}/disable`, {
      token: admin.accessToken,
      body: { reason: "spam" },
    });
    const known = await askForRecovery(server(), (await registerByPhone(server())).phone);
    const shape = ({ status, body }: RestResponse) => ({ status, body: { ...body, recovery: "a secret" } });
    for (const phone of [free, disabled.phone, withAddress]) {
      const asked = await askForRecovery(server(), phone);
      expect(shape(asked)).toEqual(shape(known));
      await settle(server());
      expect(await codesTo(phone)).toEqual([]);
      expect(outcomeOf(await reset({ recovery: asked.body.recovery, code: "000000" }))).toBe("PHONE_CODE_INVALID");
    }
  });

  test("leaves the guesses of the owner's own request alone", async () => {
    const { phone } = await registerByPhone(server());
    const own = await waitForRecovery(server(), phone);
    const strangers = await askForRecovery(server(), phone);
    for (let guess = 0; guess < 6; guess++) await reset({ recovery: strangers.body.recovery, code: another(own.code) });
    expect((await reset(own)).status).toBe(204);
  });

  test("counts against the budgets of messages by strangers", async () => {
    await using limited = await startGatehouse({
      environment: { ...withPhones, LIMIT_SMS_PER_NUMBER_PER_DAY: "2" },
    });
    const phone = newNumber();
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) statuses.push((await askForRecovery(limited, phone)).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test("is refused where accounts are not registered by numbers, and for a text that is no number", async () => {
    await using without = await startGatehouse();
    const refused = await askForRecovery(without, newNumber());
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "phone"]);
    const malformed = await askForRecovery(server(), "12");
    expect([malformed.status, malformed.body.errors[0].path]).toEqual([400, "phone"]);
  });

  test("leaves neither the code nor the secret in the database", async () => {
    const { phone } = await registerByPhone(server());
    const { recovery, code } = await waitForRecovery(server(), phone);
    const { rows } = await sql("select p::text as row from password_recovery p");
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(recovery);
    expect(stored).not.toContain(Buffer.from(code).toString("hex"));
  });
});
