import { expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { changeAddress, registerProven } from "../support/links.ts";
import { login } from "../support/logins.ts";
import { codeIn, receive, receiveToken } from "../support/mailbox.ts";
import { type Account, rest } from "../support/rest.ts";

const minute = 60;
const ownersPhone = "+34600000001";
const thiefsPhone = "+34600000002";
const password = "a quartz lantern ostrich";

async function undoAsHolderOf(server: TestGatehouse, email: string) {
  const token = await receiveToken(server, email, "email-changed");
  return await rest(server.url, "/v1/auth/email/undo-change", { body: { token } });
}

async function resetPassword(server: TestGatehouse, email: string): Promise<void> {
  const token = await receiveToken(server, email, "reset-password");
  expect((await rest(server.url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
}

async function provePhone(server: TestGatehouse, { accessToken: token }: Account, phone: string) {
  await rest(server.url, "/v1/auth/phone", { token, body: { phone } });
  const code = codeIn(await receive(server, phone, "phone-code"));
  expect((await rest(server.url, "/v1/auth/phone/verify", { token, body: { code } })).status).toBe(204);
}

async function userOnceUndone(server: TestGatehouse, { email }: Account) {
  expect((await undoAsHolderOf(server, email)).status).toBe(204);
  await resetPassword(server, email);
  return (await login(server.url, { identifier: email, password })).body.user;
}

test("row 38: a thief's telephone number is removed when the owner undoes the change of address", async () => {
  await using server = await startGatehouse();
  const ada = await registerProven(server);
  await provePhone(server, ada, ownersPhone);
  server.clock.advance(minute);
  await changeAddress(server, ada);
  await provePhone(server, ada, thiefsPhone);
  expect(await userOnceUndone(server, ada)).toMatchObject({ email: ada.email, phone: null, phoneVerified: false });
});

test("row 38: the owner's number from before the change stays when they undo it", async () => {
  await using server = await startGatehouse();
  const ada = await registerProven(server);
  await provePhone(server, ada, ownersPhone);
  server.clock.advance(minute);
  await changeAddress(server, ada);
  expect(await userOnceUndone(server, ada)).toMatchObject({ phone: ownersPhone, phoneVerified: true });
});

test("row 38: a link opened without an answer gives nobody an account that an undo would take away", async () => {
  await using server = await startGatehouse();
  const attacker = await registerProven(server);
  const victim = `${crypto.randomUUID()}@example.org`;
  await rest(server.url, "/v1/auth/email/change", { token: attacker.accessToken, body: { email: victim } });
  const token = await receiveToken(server, victim, "confirm-email-change");
  const { status, body } = await rest(server.url, "/v1/auth/email/verify", { body: { token } });
  expect([status, body.code]).toEqual([400, "INVALID_INPUT"]);
  const own = { email: victim, password };
  const registration = await rest(server.url, "/v1/auth/register", { body: own });
  expect(registration.status).toBe(201);
  // What the attacker has is not about the victim's account.
  expect((await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } })).body.code).toBe(
    "EMAIL_TAKEN",
  );
  expect((await login(server.url, { identifier: victim, password })).body.user.id).toBe(registration.body.user.id);
});

test("row 38: the owner takes the account back from a thief who has moved it and reset the password", async () => {
  await using server = await startGatehouse();
  const ada = await registerProven(server);
  const thiefs = await changeAddress(server, ada);
  await rest(server.url, "/v1/auth/password/forgot", { body: { email: thiefs } });
  await resetPassword(server, thiefs);
  const thief = await login(server.url, { identifier: thiefs, password });
  expect(thief.status).toBe(200);
  expect(await userOnceUndone(server, ada)).toMatchObject({ id: ada.userId, email: ada.email });
  const { status } = await rest(server.url, "/v1/users/me", { token: thief.body.session.accessToken });
  expect(status).toBe(401);
  expect((await login(server.url, { identifier: thiefs, password })).body.code).toBe("INVALID_CREDENTIALS");
});
