import { createClient, isGatehouseError } from "@gatehouse/client";
import { beforeEach, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { codeIn, messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { newNumber, withPhones } from "../support/phone-accounts.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";
import { signedIn } from "../support/signed-in.ts";

const credentials = { email: "ada@example.com", password: "correct horse battery" };

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

test("a client signs in by a magic link and keeps the session", async () => {
  const server = shared();
  await createClient({ url: server.url }).auth.register.mutate(credentials);
  const client = createClient({ url: server.url });
  await client.auth.magicLink.send.mutate({ email: credentials.email });
  const token = await receiveToken(server, credentials.email, "magic-link");
  const { user } = signedIn(await client.auth.magicLink.verify.mutate({ token }));
  expect(await client.user.me.query()).toMatchObject({ id: user.id, emailVerified: true });
});

test("a client that changes its password stays signed in, and another client learns that it was signed out", async () => {
  const server = shared();
  const [own, other] = [createClient({ url: server.url }), createClient({ url: server.url })];
  await own.auth.register.mutate(credentials);
  await other.auth.login.mutate({ identifier: credentials.email, password: credentials.password });
  const newPassword = "another horse staple";
  await own.auth.password.change.mutate({ currentPassword: credentials.password, newPassword });
  expect((await own.user.me.query()).email).toBe(credentials.email);
  await expect(other.user.me.query()).rejects.toSatisfy((error) => isGatehouseError(error, "REFRESH_TOKEN_INVALID"));
  expect(await other.$session.get()).toEqual({ session: null, signOutReason: "session_ended" });
});

test("a client registers by a number, and keeps the session once the code has come back", async () => {
  await using server = await startGatehouse({ environment: withPhones });
  const client = createClient({ url: server.url });
  const phone = newNumber();
  const { password } = credentials;
  const sent = await client.auth.register.mutate({ phone, password });
  if (sent.status !== "code_sent") throw new Error(`The registration answered ${sent.status}`);
  expect((await client.$session.get()).session).toBeNull();
  const { registration } = sent;
  // Sent one after the other: the last code counts.
  await settle(server);
  expect((await client.auth.resendRegistrationCode.mutate({ registration })).registration).toBe(registration);
  await settle(server);
  const [message] = await messagesTo(server, phone);
  const code = codeIn(message ?? { text: "" });
  const { user, recovery } = await client.auth.confirmRegistration.mutate({ registration, code });
  expect([user.phone, recovery]).toEqual([phone, "sms"]);
  expect(await client.user.me.query()).toMatchObject({ id: user.id, phone, email: null });
});

test("a client has no session after a registration in the verified mode", async () => {
  await using server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
  const client = createClient({ url: server.url });
  expect(await client.auth.register.mutate(credentials)).toEqual({ status: "verification_sent" });
  expect((await client.$session.get()).session).toBeNull();
  const login = { identifier: credentials.email, password: credentials.password };
  const token = await receiveToken(server, credentials.email, "complete-registration");
  await expect(client.auth.login.mutate(login)).rejects.toSatisfy((error) =>
    isGatehouseError(error, "INVALID_CREDENTIALS"),
  );
  await client.auth.email.verify.mutate({ token });
  expect(signedIn(await client.auth.login.mutate(login)).user.emailVerified).toBe(true);
});
