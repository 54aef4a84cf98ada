import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { askForApiKey, makeApiKey, readProfile } from "../support/api-keys.ts";
import { operations, transports } from "../support/calls.ts";
import { linkDevice, newInstallationId, readDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { signInWith } from "../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { registerAsStranger, type Stranger } from "../support/stranger.ts";

type Choice = "me" | "somebody_else" | undefined;

const ownersPassword = "a password of the owner's";

const present = (url: string, token: string, requestedBy?: Choice) =>
  rest(url, "/v1/auth/email/verify", { body: { token, ...(requestedBy === undefined ? {} : { requestedBy }) } });

async function verify(server: TestGatehouse, { email }: Account, requestedBy?: Choice): Promise<void> {
  const { status } = await present(server.url, await receiveToken(server, email, "verify-email"), requestedBy);
  expect(status).toBe(204);
}

async function reset(server: TestGatehouse, { email }: Account): Promise<void> {
  await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  const token = await receiveToken(server, email, "reset-password");
  const { status } = await rest(server.url, "/v1/auth/password/reset", { body: { token, password: ownersPassword } });
  expect(status).toBe(204);
}

async function signInByLink(server: TestGatehouse, { email }: Account): Promise<string> {
  await rest(server.url, "/v1/auth/magic-link", { body: { email } });
  const token = await receiveToken(server, email, "magic-link");
  const { status, body } = await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } });
  expect(status).toBe(200);
  return body.session.accessToken;
}

/** What of it still works. */
async function working(server: TestGatehouse, stranger: Stranger) {
  const { url, database } = server;
  const { email: identifier, password, installationId, otherInstallationId } = stranger;
  const owner = async (installation: string) =>
    database === undefined ? undefined : (await readDevice(database, installation))?.["userId"];
  const isLinked = async (installation: string) => (await owner(installation)) === stranger.userId;
  return {
    session: (await rest(url, "/v1/users/me", { token: stranger.accessToken })).status === 200,
    refresh: (await rest(url, "/v1/auth/refresh", { body: { refreshToken: stranger.refreshToken } })).status === 200,
    password: (await login(url, { identifier, password })).status === 200,
    passkey: (await signInWith(server, stranger.authenticator)).status === 200,
    apiKey: (await readProfile(url, stranger.apiKey)).status === 200,
    device: await isLinked(installationId),
    otherDevice: await isLinked(otherInstallationId),
    change: (await present(url, stranger.changeToken, "me")).status === 204,
  };
}

const nothing = {
  session: false,
  refresh: false,
  password: false,
  passkey: false,
  apiKey: false,
  device: false,
  otherDevice: false,
  change: false,
};

/** Without a PostgreSQL to ask there is no telling whose a device is. */
const devices = (server: TestGatehouse, isLinked: boolean) => server.database !== undefined && isLinked;

const shared = shareGatehouse();

describe("row 38: what was set up on an account before its address was proven ends with the proof", () => {
  test("a key that a stranger made is dead after the owner verifies the address and resets the password", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    const refused = await askForApiKey(server.url, account);
    expect([refused.status, refused.body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
    const stranger = await registerAsStranger(server);
    await verify(server, stranger);
    expect((await readProfile(server.url, stranger.apiKey)).status).toBe(401);
    await reset(server, stranger);
    expect(await working(server, stranger)).toEqual(nothing);
  });

  test.each<[string, (server: TestGatehouse, stranger: Stranger) => Promise<unknown>]>([
    ["a new password", reset],
    ["a link to sign in", signInByLink],
    ["a reader who says that it was somebody else", (server, stranger) => verify(server, stranger, "somebody_else")],
  ])("%s ends everything, also after another token was used", async (_way, prove) => {
    const server = shared();
    const stranger = await registerAsStranger(server);
    expect((await rest(server.url, "/v1/users/me", { token: stranger.accessToken })).status).toBe(200);
    await prove(server, stranger);
    expect(await working(server, stranger)).toEqual(nothing);
    const [owner] = (
      await runSql(
        server.gatehouse.deps.db,
        `select phone, email_verified_at from "user" where public_id = '${stranger.userId}'`,
      )
    ).rows;
    expect(owner).toMatchObject({ phone: null, email_verified_at: expect.any(Date) });
  });

  test.each<[string, (server: TestGatehouse, stranger: Stranger) => Promise<unknown>]>([
    ["a new password", reset],
    ["a link to sign in", signInByLink],
  ])("after a verification without an answer, what the stranger sets up ends by %s", async (_way, prove) => {
    const server = shared();
    const stranger = await registerAsStranger(server);
    await verify(server, stranger);
    const { secret: apiKey } = await makeApiKey(server.url, stranger);
    const installationId = newInstallationId();
    await linkDevice(server.url, stranger, { installationId });
    const { body } = await login(server.url, { identifier: stranger.email, password: stranger.password });
    await prove(server, stranger);
    expect(await working(server, { ...stranger, apiKey, installationId })).toEqual(nothing);
    expect((await rest(server.url, "/v1/users/me", { token: body.session.accessToken })).status).toBe(401);
  });

  test("a reader who says nothing stays signed in, and keys, devices and pending changes end", async () => {
    await using server = await startGatehouse();
    const stranger = await registerAsStranger(server);
    await verify(server, stranger);
    const { session, refresh, password, passkey, ...setUp } = await working(server, stranger);
    expect([session, refresh, password, passkey]).toEqual([true, true, true, true]);
    expect(setUp).toEqual({ apiKey: false, device: false, otherDevice: false, change: false });
    const code = { code: stranger.pendingCode };
    const refused = await rest(server.url, "/v1/auth/phone/verify", { token: stranger.accessToken, body: code });
    expect(refused.body.code).toBe("PHONE_CODE_INVALID");
  });

  test("a reader who registered on a desktop and opens the mail on a phone stays signed in, also after a magic link", async () => {
    const server = shared();
    const ada = await registerAsStranger(server);
    await verify(server, ada, "me");
    await signInByLink(server, ada);
    const waysIn = { session: true, refresh: true, password: true, passkey: true };
    const expected = { ...waysIn, apiKey: false, change: false };
    const linked = { device: devices(server, true), otherDevice: false };
    expect(await working(server, ada)).toEqual({ ...expected, ...linked });
    const { secret } = await makeApiKey(server.url, ada);
    await reset(server, ada);
    expect((await readProfile(server.url, secret)).status).toBe(200);
  });

  test("a reader who is signed in to the account has claimed it, and one signed in to another account has not", async () => {
    const server = shared();
    const [ada, bob, eve] = [
      await registerAccount(server.url),
      await registerAccount(server.url),
      await registerAccount(server.url),
    ];
    for (const [reader, owner] of [
      [ada, ada],
      [eve, bob],
    ] as const) {
      const body = { token: await receiveToken(server, owner.email, "verify-email") };
      const path = "/v1/auth/email/verify";
      expect((await rest(server.url, path, { token: reader.accessToken, body })).status).toBe(204);
      await signInByLink(server, owner);
    }
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).status).toBe(200);
    expect((await rest(server.url, "/v1/users/me", { token: bob.accessToken })).status).toBe(401);
  });

  test("a reader who says that it was somebody else gets a link to a new password, and a clean profile", async () => {
    const server = shared();
    const stranger = await registerAsStranger(server);
    await verify(server, stranger, "somebody_else");
    const token = await receiveToken(server, stranger.email, "reset-password");
    await rest(server.url, "/v1/auth/password/reset", { body: { token, password: ownersPassword } });
    const { body } = await login(server.url, { identifier: stranger.email, password: ownersPassword });
    expect(body.user).toMatchObject({
      ...{ id: stranger.userId, emailVerified: true, username: null, givenName: null, phone: null },
    });
  });

  test("a used or expired link changes nothing, whatever answer comes with it", async () => {
    await using server = await startGatehouse();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const used = await receiveToken(server, ada.email, "verify-email");
    const expired = await receiveToken(server, bob.email, "verify-email");
    await present(server.url, used, "me");
    server.clock.advance(24 * 60 * 60);
    for (const [token, owner] of [
      [used, ada],
      [expired, bob],
    ] as const) {
      const refused = await present(server.url, token, "somebody_else");
      expect([refused.status, refused.body.code]).toEqual([400, "EMAIL_TOKEN_INVALID"]);
      const credentials = { identifier: owner.email, password: owner.password };
      expect((await login(server.url, credentials)).status).toBe(200);
    }
    await settle(server);
    const mails = await messagesTo(server, bob.email);
    expect(mails.map(({ template }) => template)).not.toContain("reset-password");
  });

  test.each(transports)("the choice is the same over $name, and any other value is refused", async (transport) => {
    const server = shared();
    const stranger = await registerAsStranger(server);
    const token = await receiveToken(server, stranger.email, "verify-email");
    const operation = operations.find(({ procedure }) => procedure === "auth.email.verify");
    if (operation === undefined) throw new Error("There is no auth.email.verify");
    const wrong = await transport.send(server.url, operation, { token, requestedBy: "nobody" });
    expect([wrong.status, wrong.code, wrong.errors[0]?.path]).toEqual([400, "INVALID_INPUT", "requestedBy"]);
    const right = await transport.send(server.url, operation, { token, requestedBy: "somebody_else" });
    expect(right.status).toBeLessThan(300);
    expect(right.text).not.toMatch(/[A-Za-z0-9_-]{43}/);
    expect(await working(server, stranger)).toEqual(nothing);
  });
});
