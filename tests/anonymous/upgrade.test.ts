import { describe, expect, test } from "vitest";
import { signInAnonymously, upgrade } from "../support/anonymous.ts";
import { listDevices, newInstallationId } from "../support/devices.ts";
import { login } from "../support/logins.ts";
import { messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const open = shareGatehouse({ environment: { REGISTRATION_IDENTIFIERS: "email,username" } });
const verified = shareGatehouse({ environment: { REGISTRATION_MODE: "verified" } });

const newAddress = () => `${crypto.randomUUID()}@example.com`;
const password = "correct horse battery";

const me = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).body;

describe("an anonymous account becomes a full one", () => {
  test("by an address and a password, and keeps its id, its session, its devices and its profile", async () => {
    const { url } = open();
    const device = { installationId: newInstallationId(), platform: "ios" };
    const ada = await signInAnonymously(url, { device });
    await rest(url, "/v1/users/me", { method: "PATCH", token: ada.accessToken, body: { givenName: "Ada" } });
    const email = newAddress();
    const { status, body } = await upgrade(url, ada, { email, password });
    expect([status, body.status]).toEqual([200, "upgraded"]);
    expect(body.user).toMatchObject({
      id: ada.userId,
      email,
      emailVerified: false,
      isAnonymous: false,
      givenName: "Ada",
    });
    const { body: current } = await rest(url, "/v1/auth/status", { token: ada.accessToken });
    expect(current.session).toMatchObject({ methods: ["pwd"], aal: 1 });
    expect(await listDevices(url, ada)).toHaveLength(1);
    expect((await login(url, { identifier: email, password })).body.user.id).toBe(ada.userId);
    const change = { method: "POST", token: ada.accessToken, body: { email: newAddress() } };
    expect((await rest(url, "/v1/auth/email/change", change)).status).toBe(204);
  });

  test("by a username and a password", async () => {
    const { url } = open();
    const ada = await signInAnonymously(url);
    const username = `ada-${crypto.randomUUID().slice(0, 8)}`;
    expect((await upgrade(url, ada, { username })).body.errors[0].path).toBe("password");
    expect((await upgrade(url, ada, { username, password })).body.user).toMatchObject({ username, isAnonymous: false });
  });

  test("by a link to an address alone, which is then proven", async () => {
    const server = open();
    const ada = await signInAnonymously(server.url);
    const email = newAddress();
    const asked = await upgrade(server.url, ada, { email });
    expect([asked.status, asked.body]).toEqual([202, { status: "verification_sent" }]);
    const token = await receiveToken(server, email, "complete-registration");
    expect((await me(server.url, ada.accessToken)).isAnonymous).toBe(true);
    expect((await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } })).status).toBe(204);
    const user = await me(server.url, ada.accessToken);
    expect(user).toMatchObject({ id: ada.userId, email, emailVerified: true, isAnonymous: false });
  });

  test("by a link where only proven addresses sign in, and its session proves nothing until the password comes", async () => {
    const server = verified();
    const ada = await signInAnonymously(server.url);
    const email = newAddress();
    const asked = await upgrade(server.url, ada, { email, password });
    expect([asked.status, asked.body]).toEqual([202, { status: "verification_sent" }]);
    const token = await receiveToken(server, email, "complete-registration");
    await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
    const { accessToken } = ada;
    expect((await rest(server.url, "/v1/auth/api-keys", { token: accessToken })).body.code).toBe("STEP_UP_REQUIRED");
    expect((await rest(server.url, "/v1/auth/sudo", { token: accessToken, body: { password } })).status).toBe(200);
    expect((await rest(server.url, "/v1/auth/api-keys", { token: accessToken })).status).toBe(200);
    const { body } = await rest(server.url, "/v1/auth/status", { token: accessToken });
    expect(body.session.methods).toEqual(["pwd"]);
  });
});

describe("an upgrade is refused", () => {
  test("of an account that is full", async () => {
    const { url } = open();
    expect((await upgrade(url, await registerAccount(url))).body.code).toBe("ACCOUNT_NOT_ANONYMOUS");
  });

  test("with a taken address, a taken username or a weak password, and then works with others", async () => {
    const { url } = open();
    const username = `bob-${crypto.randomUUID().slice(0, 8)}`;
    const bob = await registerAccount(url, { username });
    const ada = await signInAnonymously(url);
    expect((await upgrade(url, ada, { email: bob.email, password })).body.code).toBe("EMAIL_TAKEN");
    expect((await upgrade(url, ada, { email: newAddress(), password, username })).body.code).toBe("USERNAME_TAKEN");
    expect((await upgrade(url, ada, { email: newAddress(), password: "password1" })).body.code).toBe(
      "PASSWORD_TOO_WEAK",
    );
    expect((await upgrade(url, ada)).status).toBe(200);
  });

  test("in the same way for a free and a taken address where only proven addresses sign in", async () => {
    const server = verified();
    const email = newAddress();
    await rest(server.url, "/v1/auth/register", { body: { email, password } });
    const token = await receiveToken(server, email, "complete-registration");
    await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
    const ada = await signInAnonymously(server.url);
    const taken = await upgrade(server.url, ada, { email, password });
    expect([taken.status, taken.body]).toEqual([202, { status: "verification_sent" }]);
    await settle(server);
    expect((await messagesTo(server, email))[0]?.template).toBe("address-already-registered");
    expect((await me(server.url, ada.accessToken)).isAnonymous).toBe(true);
  });
});

test("of upgrades at once, one makes the account full", async () => {
  const { url } = open();
  const ada = await signInAnonymously(url);
  const answers = await Promise.all(Array.from({ length: 6 }, () => upgrade(url, ada)));
  const upgraded = answers.filter(({ status }) => status === 200);
  expect(upgraded).toHaveLength(1);
  expect((await me(url, ada.accessToken)).email).toBe(upgraded[0]?.body.user.email);
  for (const { status, body } of answers) if (status !== 200) expect(body.code).toBe("ACCOUNT_NOT_ANONYMOUS");
});

test("of two anonymous accounts that want one address at once, one gets it", async () => {
  const { url } = open();
  const users = [await signInAnonymously(url), await signInAnonymously(url)];
  const email = newAddress();
  const answers = await Promise.all(users.map((user) => upgrade(url, user, { email, password })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test("a link that is opened after the account became full by a password makes an account of its own", async () => {
  const server = open();
  const ada = await signInAnonymously(server.url);
  const email = newAddress();
  await upgrade(server.url, ada, { email });
  const token = await receiveToken(server, email, "complete-registration");
  const other = newAddress();
  expect((await upgrade(server.url, ada, { email: other, password })).status).toBe(200);
  expect((await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } })).status).toBe(204);
  expect((await me(server.url, ada.accessToken)).email).toBe(other);
});
