import { describe, expect, test } from "vitest";
import { makeApiKey, readProfile } from "../support/api-keys.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { login } from "../support/logins.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { type Account, rest } from "../support/rest.ts";
import { registerAsStranger } from "../support/stranger.ts";

type Choice = "me" | "somebody_else" | undefined;

const confirm = (url: string, token: string, requestedBy: Choice) =>
  rest(url, "/v1/auth/email/verify", { body: { token, ...(requestedBy === undefined ? {} : { requestedBy }) } });

/** Asks for another address, and returns the token that its reader gets. */
async function askForChange(server: TestGatehouse, { accessToken: token }: Account) {
  const email = `${crypto.randomUUID()}@example.org`;
  await rest(server.url, "/v1/auth/email/change", { token, body: { email } });
  return { email, token: await receiveToken(server, email, "confirm-email-change") };
}

const isSignedIn = async (server: TestGatehouse, { accessToken: token }: Account) =>
  (await rest(server.url, "/v1/users/me", { token })).status === 200;

async function signInByLink(server: TestGatehouse, email: string): Promise<void> {
  await rest(server.url, "/v1/auth/magic-link", { body: { email } });
  const token = await receiveToken(server, email, "magic-link");
  expect((await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } })).status).toBe(200);
}

describe("row 38: a stranger moves their account to the address of somebody else", () => {
  test("whose owner says that it was somebody else: the account stays where it was, with all that it has", async () => {
    await using server = await startGatehouse();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const { email, token } = await askForChange(server, ada);
    expect((await confirm(server.url, token, "somebody_else")).status).toBe(204);
    expect((await confirm(server.url, token, "me")).body.code).toBe("EMAIL_TOKEN_INVALID");
    const { body } = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect(body).toMatchObject({ email: ada.email, emailVerified: true });
    expect((await readProfile(server.url, secret)).status).toBe(200);
    expect((await login(server.url, { identifier: email, password: ada.password })).status).toBe(401);
  });

  test("whose owner says nothing: the account stays where it was, and the link still waits for an answer", async () => {
    await using server = await startGatehouse();
    const stranger = await registerProven(server);
    const { token } = await askForChange(server, stranger);
    const elsewhere = await registerProven(server);
    for (const reader of [{}, { token: elsewhere.accessToken }, { token: "not one" }]) {
      const { status, body } = await rest(server.url, "/v1/auth/email/verify", { body: { token }, ...reader });
      expect([status, body.code, body.errors[0].path]).toEqual([400, "INVALID_INPUT", "requestedBy"]);
    }
    const { body } = await rest(server.url, "/v1/users/me", { token: stranger.accessToken });
    expect(body).toMatchObject({ email: stranger.email, emailVerified: true });
    expect((await confirm(server.url, token, "somebody_else")).status).toBe(204);
  });

  test("from an unproven address: the first proof ends what was set up before", async () => {
    await using server = await startGatehouse();
    const stranger = await registerAsStranger(server);
    expect((await confirm(server.url, stranger.changeToken, "me")).status).toBe(204);
    expect((await readProfile(server.url, stranger.apiKey)).status).toBe(401);
    const devices = await rest(server.url, "/v1/devices", { token: stranger.accessToken });
    expect(devices.body.items).toMatchObject([{ installationId: stranger.installationId }]);
  });
});

test("row 38: a user who moves their own account, and says so or is signed in, keeps sessions and keys afterwards", async () => {
  await using server = await startGatehouse();
  for (const says of ["me", undefined] as const) {
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const { email, token } = await askForChange(server, ada);
    const body = { token, ...(says === undefined ? {} : { requestedBy: says }) };
    const signedIn = says === undefined ? { token: ada.accessToken } : {};
    await rest(server.url, "/v1/auth/email/verify", { body, ...signedIn });
    await signInByLink(server, email);
    expect(await isSignedIn(server, ada)).toBe(true);
    expect((await readProfile(server.url, secret)).status).toBe(200);
  }
});

describe("row 38: in the verified mode", () => {
  const credentials = { email: "victim@example.com", password: "the stranger's horse" };

  async function registerByMail() {
    const server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
    const { status } = await rest(server.url, "/v1/auth/register", { body: { ...credentials, givenName: "Mallory" } });
    expect(status).toBe(202);
    return { server, token: await receiveToken(server, credentials.email, "complete-registration") };
  }

  const logIn = async (server: TestGatehouse) =>
    (await login(server.url, { identifier: credentials.email, password: credentials.password })).status;

  test("a reader who says that it was somebody else gets no account, and neither does the stranger", async () => {
    const { server, token } = await registerByMail();
    await using _server = server;
    expect((await confirm(server.url, token, "somebody_else")).status).toBe(204);
    expect(await logIn(server)).toBe(401);
    expect((await confirm(server.url, token, "me")).body.code).toBe("EMAIL_TOKEN_INVALID");
    await rest(server.url, "/v1/auth/register", { body: { ...credentials, password: "a password of the owner's" } });
    await settle(server);
    const again = await receiveToken(server, credentials.email, "complete-registration");
    expect((await confirm(server.url, again, "me")).status).toBe(204);
  });

  test("a reader who says nothing gets an account whose password and belongings end at the first magic link", async () => {
    const { server, token } = await registerByMail();
    await using _server = server;
    await confirm(server.url, token, undefined);
    const { body } = await login(server.url, { identifier: credentials.email, password: credentials.password });
    const { secret } = await makeApiKey(server.url, body.session);
    await signInByLink(server, credentials.email);
    expect(await logIn(server)).toBe(401);
    expect((await readProfile(server.url, secret)).status).toBe(401);
  });

  test("a reader who says that it was them keeps the password and the sessions", async () => {
    const { server, token } = await registerByMail();
    await using _server = server;
    await confirm(server.url, token, "me");
    const { body } = await login(server.url, { identifier: credentials.email, password: credentials.password });
    await signInByLink(server, credentials.email);
    expect(await isSignedIn(server, body.session)).toBe(true);
    expect(await logIn(server)).toBe(200);
  });
});
