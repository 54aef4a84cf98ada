import { describe, expect, test } from "vitest";
import { type AnonymousUser, signInAnonymously, upgrade } from "../support/anonymous.ts";
import { login } from "../support/logins.ts";
import { codeIn, messagesTo, settle } from "../support/mailbox.ts";
import { confirmByPhone, newNumber, registerByPhone, withPhones } from "../support/phone-accounts.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse({ environment: withPhones });
const withoutPhones = shareGatehouse();

const password = "correct horse battery";

const me = async ({ accessToken: token }: Pick<AnonymousUser, "accessToken">) =>
  (await rest(shared().url, "/v1/users/me", { token })).body;

/** Asks for the code that makes the account full by a number. */
async function waitForCode(ada: AnonymousUser, phone = newNumber()) {
  const server = shared();
  const asked = await upgrade(server.url, ada, { phone, password });
  expect([asked.status, asked.body.status]).toEqual([202, "code_sent"]);
  await settle(server);
  const [newest] = await messagesTo(server, phone);
  if (newest === undefined) throw new Error(`No code has come to ${phone}`);
  return { phone, confirmation: { registration: asked.body.registration, code: codeIn(newest) } };
}

describe("an anonymous account becomes a full one by a telephone number and a password", () => {
  test("once the code comes, and keeps its id; another session begins, and the first one goes on", async () => {
    const server = shared();
    const ada = await signInAnonymously(server.url);
    const { phone, confirmation } = await waitForCode(ada);
    expect(await me(ada)).toMatchObject({ isAnonymous: true, phone: null });
    const { status, body } = await confirmByPhone(server, confirmation);
    expect([status, body.user]).toEqual([
      201,
      expect.objectContaining({ id: ada.userId, phone, phoneVerified: true, isAnonymous: false }),
    ]);
    const { body: current } = await rest(server.url, "/v1/auth/status", { token: body.session.accessToken });
    expect(current.session.methods).toEqual(["pwd", "sms"]);
    expect(await me(ada)).toMatchObject({ id: ada.userId, phone });
    expect((await rest(server.url, "/v1/auth/api-keys", { token: ada.accessToken })).body.code).toBe(
      "STEP_UP_REQUIRED",
    );
    expect((await login(server.url, { identifier: phone, password })).body.user.id).toBe(ada.userId);
  });

  test("of confirmations at once, one does it", async () => {
    const server = shared();
    const ada = await signInAnonymously(server.url);
    const { confirmation } = await waitForCode(ada);
    const answers = await Promise.all(Array.from({ length: 4 }, () => confirmByPhone(server, confirmation)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400]);
  });

  test("but not by a number that another account has, which only its owner learns", async () => {
    const server = shared();
    const { phone } = await registerByPhone(server);
    const ada = await signInAnonymously(server.url);
    const { confirmation } = await waitForCode(ada, phone);
    expect((await confirmByPhone(server, confirmation)).body.code).toBe("PHONE_TAKEN");
    expect((await me(ada)).isAnonymous).toBe(true);
  });

  test("but not after it became full by other means", async () => {
    const server = shared();
    const ada = await signInAnonymously(server.url);
    const { confirmation } = await waitForCode(ada);
    expect((await upgrade(server.url, ada)).status).toBe(200);
    expect((await confirmByPhone(server, confirmation)).body.code).toBe("ACCOUNT_NOT_ANONYMOUS");
    expect((await me(ada)).phone).toBeNull();
  });
});

test("a number is refused by the name of the field without a password, beside an address, and where none are allowed", async () => {
  const ada = await signInAnonymously(shared().url);
  const fieldsOf = async (url: string, user: AnonymousUser, fields: object) => {
    const { body } = await upgrade(url, user, { ...fields });
    return body.errors.map(({ path }: { path: string }) => path);
  };
  expect(await fieldsOf(shared().url, ada, { phone: newNumber() })).toEqual(["password"]);
  const both = { phone: newNumber(), email: "ada@example.com", password };
  expect(await fieldsOf(shared().url, ada, both)).toEqual(["phone"]);
  expect(await fieldsOf(shared().url, ada, { phone: "12", password })).toEqual(["phone"]);
  const { url } = withoutPhones();
  const grace = await signInAnonymously(url);
  expect(await fieldsOf(url, grace, { phone: newNumber(), password })).toContain("phone");
});
