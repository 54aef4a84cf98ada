import { describe, expect, test } from "vitest";
import { registerProven } from "../support/links.ts";
import { codeIn, messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, answer, login } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();
const withoutCodes = shareGatehouse({ environment: { MFA_EMAIL_CODES: "off" } });

/** Takes codes by mail in the account's session. */
async function enable(token: string) {
  return await rest(shared().url, "/v1/auth/mfa/email", { method: "POST", token });
}

/** Registers an account that takes codes by mail. */
async function registerWithCodes() {
  const account = await registerProven(shared());
  const { status, body } = await enable(account.accessToken);
  expect(status).toBe(200);
  return { ...account, recoveryCodes: body.recoveryCodes as string[] };
}

function sendCode(challenge: string) {
  return rest(shared().url, "/v1/auth/mfa/send-code", { body: { challenge } });
}

/** Asks for the code of a challenge, and reads it from the newest mail. */
async function receiveCode(email: string, challenge: string): Promise<string> {
  expect((await sendCode(challenge)).status).toBe(204);
  await settle(shared());
  return codeIn(await receive(shared(), email, "sign-in-code"));
}

test("a sign-in takes the password and a code by mail", async () => {
  const server = shared();
  const ada = await registerWithCodes();
  expect(ada.recoveryCodes).toHaveLength(10);
  const asked = await login(server, ada);
  expect(asked.body).toMatchObject({ status: "mfa_required", methods: ["email", "recovery_code"] });
  const emailCode = await receiveCode(ada.email, asked.body.challenge);
  const { status, body } = await answer(server, asked.body.challenge, {
    emailCode: ` ${emailCode.slice(0, 3)} ${emailCode.slice(3)}`,
  });
  expect([status, body.status]).toEqual([200, "signed_in"]);
  const current = await rest(server.url, "/v1/auth/status", { token: body.session.accessToken });
  expect(current.body.session).toMatchObject({ methods: ["pwd", "email_code"], aal: 1 });
  const again = await answer(server, asked.body.challenge, { emailCode });
  expect(again.body.code).toBe("MFA_CHALLENGE_INVALID");
});

test("without codes by mail, the password alone is enough again", async () => {
  const server = shared();
  const ada = await registerWithCodes();
  const removal = { method: "DELETE", token: ada.accessToken };
  expect((await rest(server.url, "/v1/auth/mfa/email", removal)).status).toBe(204);
  expect((await rest(server.url, "/v1/auth/mfa/email", removal)).body.code).toBe("SECOND_FACTOR_MISSING");
  expect((await login(server, ada)).body.status).toBe("signed_in");
});

test("recovery codes come with the first factor, and go on working after another", async () => {
  const server = shared();
  const ada = await registerWithCodes();
  const { recoveryCodes } = await addAuthenticator(server, ada.accessToken);
  expect(recoveryCodes).toEqual([]);
  const { body } = await login(server, ada);
  expect(body.methods).toEqual(["totp", "email", "recovery_code"]);
  const [recoveryCode] = ada.recoveryCodes;
  expect((await answer(server, body.challenge, { recoveryCode })).status).toBe(200);
});

describe("codes by mail are refused", () => {
  test("to an account without a proven address, and twice", async () => {
    const { accessToken } = await registerAccount(shared().url);
    expect((await enable(accessToken)).body.code).toBe("EMAIL_NOT_VERIFIED");
    const ada = await registerWithCodes();
    expect((await enable(ada.accessToken)).body.code).toBe("SECOND_FACTOR_EXISTS");
  });

  test("where the operator does not offer them", async () => {
    const server = withoutCodes();
    const { accessToken: token } = await registerProven(server);
    const refused = await rest(server.url, "/v1/auth/mfa/email", { method: "POST", token });
    expect(refused.body.code).toBe("SECOND_FACTOR_NOT_OFFERED");
  });

  test("after a link by mail: the same mailbox is no second factor", async () => {
    const server = shared();
    const ada = await registerWithCodes();
    await rest(server.url, "/v1/auth/magic-link", { body: { email: ada.email } });
    const token = await receiveToken(server, ada.email, "magic-link");
    const { body } = await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } });
    expect(body).toMatchObject({ status: "mfa_required", methods: ["recovery_code"] });
    expect((await sendCode(body.challenge)).body.code).toBe("SECOND_FACTOR_NOT_OFFERED");
    const other = await login(server, ada);
    const emailCode = await receiveCode(ada.email, other.body.challenge);
    expect((await answer(server, body.challenge, { emailCode })).body.code).toBe("SECOND_FACTOR_INVALID");
  });

  test("for an account that takes none, and for a challenge that nobody gave out", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await addAuthenticator(server, ada.accessToken);
    const { body } = await login(server, ada);
    expect((await sendCode(body.challenge)).body.code).toBe("SECOND_FACTOR_NOT_OFFERED");
    expect((await sendCode("q3N0")).body.code).toBe("MFA_CHALLENGE_INVALID");
  });
});

test("a code belongs to its challenge, the newest one works, and there are three", async () => {
  const server = shared();
  const ada = await registerWithCodes();
  const [first, second] = [await login(server, ada), await login(server, ada)];
  const earlier = await receiveCode(ada.email, first.body.challenge);
  const code = await receiveCode(ada.email, first.body.challenge);
  const foreign = await answer(server, second.body.challenge, { emailCode: code });
  expect(foreign.body.code).toBe("SECOND_FACTOR_INVALID");
  if (earlier !== code) {
    expect((await answer(server, first.body.challenge, { emailCode: earlier })).body.code).toBe(
      "SECOND_FACTOR_INVALID",
    );
  }
  await receiveCode(ada.email, first.body.challenge);
  const refused = await sendCode(first.body.challenge);
  expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
  const mails = (await messagesTo(server, ada.email)).filter(({ template }) => template === "sign-in-code");
  expect(mails).toHaveLength(3);
  const newest = codeIn(await receive(server, ada.email, "sign-in-code"));
  expect((await answer(server, first.body.challenge, { emailCode: newest })).status).toBe(200);
});

test("a code is guessed five times, and is worth nothing before it is sent", async () => {
  const server = shared();
  const ada = await registerWithCodes();
  const { body } = await login(server, ada);
  expect((await answer(server, body.challenge, { emailCode: "000000" })).body.code).toBe("SECOND_FACTOR_INVALID");
  const code = await receiveCode(ada.email, body.challenge);
  const wrong = code === "111111" ? "111112" : "111111";
  for (let guess = 1; guess < 5; guess++) await answer(server, body.challenge, { emailCode: wrong });
  expect((await answer(server, body.challenge, { emailCode: code })).body.code).toBe("MFA_CHALLENGE_INVALID");
});
