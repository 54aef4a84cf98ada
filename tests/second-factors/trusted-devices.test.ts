import { expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { linkDevice, newDeviceSecret, newInstallationId, registerDevice, unlinkDevice } from "../support/devices.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, answer, login, type ProtectedAccount, registerProtected } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

const daySeconds = 86_400;

interface NamedDevice {
  readonly installationId: string;
  readonly platform: string;
  readonly deviceSecret?: string;
}

function newDevice(): Required<NamedDevice> {
  return { installationId: newInstallationId(), platform: "ios", deviceSecret: newDeviceSecret() };
}

/** Signs in with a code on the device, and asks to trust it. */
async function trust(account: ProtectedAccount, device?: NamedDevice) {
  const server = shared();
  const asked = await login(server, account, device === undefined ? {} : { device });
  const trusted = await answer(server, asked.body.challenge, { code: account.code(), trustDevice: true });
  // The code is used up.
  server.clock.advance(30);
  return trusted;
}

/** What a sign-in on the device answers to the password. */
async function statusOn(account: Pick<ProtectedAccount, "email" | "password">, device: NamedDevice): Promise<string> {
  return (await login(shared(), account, { device })).body.status;
}

/** Registers an account with an app, on a device that it trusts. */
async function registerTrusting() {
  const account = await registerProtected(shared());
  const device = newDevice();
  const { status, body } = await trust(account, device);
  expect([status, typeof body.deviceTrustedUntil]).toEqual([200, "string"]);
  return { account, device, session: body.session };
}

test("a trusted device takes the password alone for 30 days, and its sessions say so", async () => {
  const server = shared();
  const { account, device } = await registerTrusting();
  const signedIn = await login(server, account, { device });
  expect(signedIn.body).toMatchObject({ status: "signed_in", deviceStatus: "linked" });
  const { body } = await rest(server.url, "/v1/auth/status", { token: signedIn.body.session.accessToken });
  expect(body.session).toMatchObject({ methods: ["pwd", "trusted_device"], aal: 1 });
  server.clock.advance(30 * daySeconds - 60);
  expect(await statusOn(account, device)).toBe("signed_in");
  server.clock.advance(60);
  expect(await statusOn(account, device)).toBe("mfa_required");
});

test("a logout leaves the device trusted", async () => {
  const server = shared();
  const { account, device, session } = await registerTrusting();
  expect((await rest(server.url, "/v1/auth/logout", { method: "POST", token: session.accessToken })).status).toBe(204);
  expect(await statusOn(account, device)).toBe("signed_in");
});

test("only a device that the sign-in named with its secret is trusted, and the answer says so", async () => {
  const account = await registerProtected(shared());
  const { deviceSecret: _secret, ...unproven } = newDevice();
  expect((await trust(account)).body).toMatchObject({ status: "signed_in", deviceTrustedUntil: null });
  expect((await trust(account, unproven)).body).toMatchObject({ status: "signed_in", deviceTrustedUntil: null });
  expect(await statusOn(account, unproven)).toBe("mfa_required");
  const unasked = await login(shared(), account, { device: newDevice() });
  const { body } = await answer(shared(), unasked.body.challenge, { code: account.code() });
  expect(body).not.toHaveProperty("deviceTrustedUntil");
});

test("a device of another user, who is signed in on it, is not trusted", async () => {
  const server = shared();
  const owner = await registerAccount(server.url);
  const device = newDevice();
  await linkDevice(server.url, owner, device);
  const account = await registerProtected(server);
  const { body } = await trust(account, { ...device, deviceSecret: newDeviceSecret() });
  expect(body).toMatchObject({ deviceStatus: "linked_to_another_user", deviceTrustedUntil: null });
  expect(await statusOn(account, device)).toBe("mfa_required");
});

/** Calls an operation as an administrator. */
async function operate(address: string, call: { readonly method?: string; readonly body?: object }) {
  const { accessToken: token } = await registerWithRoles(shared());
  return await rest(shared().url, address, { ...call, token });
}

const endings: ReadonlyArray<
  readonly [string, (trusting: Awaited<ReturnType<typeof registerTrusting>>) => Promise<unknown>]
> = [
  [
    "a new password",
    async ({ account, session: { accessToken: token } }) => {
      const body = { currentPassword: account.password, newPassword: account.password.toUpperCase() };
      expect((await rest(shared().url, "/v1/auth/password", { method: "PUT", token, body })).status).toBe(204);
      Object.assign(account, { password: body.newPassword });
    },
  ],
  [
    "a logout everywhere",
    async ({ session: { accessToken: token } }) => {
      expect((await rest(shared().url, "/v1/auth/logout-all", { method: "POST", token })).status).toBe(204);
    },
  ],
  [
    "the end of the session on it, from another one,",
    async ({ account, session }) => {
      const elsewhere = await login(shared(), account);
      const { body } = await answer(shared(), elsewhere.body.challenge, { code: account.code() });
      const { accessToken: token } = body.session;
      const address = `/v1/auth/sessions/${session.id}`;
      expect((await rest(shared().url, address, { method: "DELETE", token })).status).toBe(204);
    },
  ],
  [
    "the removal of the app and another app",
    async ({ session: { accessToken: token } }) => {
      expect((await rest(shared().url, "/v1/auth/mfa/totp", { method: "DELETE", token })).status).toBe(204);
      await addAuthenticator(shared(), token);
    },
  ],
  [
    "an operator who ends the sessions",
    async ({ account }) => {
      expect((await operate(`/v1/users/${account.userId}/sessions`, { method: "DELETE" })).status).toBe(204);
    },
  ],
  [
    "an operator who disables the account and enables it again",
    async ({ account }) => {
      const address = `/v1/users/${account.userId}`;
      expect((await operate(`${address}/disable`, { body: { reason: "A lost laptop" } })).status).toBe(200);
      expect((await operate(`${address}/enable`, { method: "POST" })).status).toBe(200);
    },
  ],
  [
    "an unlinked device",
    async ({ device, session }) => {
      expect((await unlinkDevice(shared().url, session, device.installationId)).status).toBe(204);
    },
  ],
  [
    "another user who takes the device, and gives it back",
    async ({ account, device, session }) => {
      const { url } = shared();
      const other = await registerAccount(url);
      expect((await linkDevice(url, other, device)).status).toBe(200);
      expect((await linkDevice(url, session, device)).status).toBe(200);
      expect(account.userId).not.toBe(other.userId);
    },
  ],
];

test.each(endings)("%s ends the trust", async (_name, end) => {
  const trusting = await registerTrusting();
  expect(await statusOn(trusting.account, trusting.device)).toBe("signed_in");
  await end(trusting);
  expect(await statusOn(trusting.account, trusting.device)).toBe("mfa_required");
});

const changes: readonly [string, string, "POST" | "DELETE"][] = [
  ["removing the app", "/v1/auth/mfa/totp", "DELETE"],
  ["replacing the recovery codes", "/v1/auth/mfa/recovery-codes", "POST"],
  ["taking codes by mail", "/v1/auth/mfa/email", "POST"],
  ["adding a passkey", "/v1/auth/passkeys/options", "POST"],
];

test.each(changes)("%s takes more than a trusted device and the password", async (_name, path, method) => {
  const server = shared();
  const { account, device } = await registerTrusting();
  const { accessToken: token } = (await login(server, account, { device })).body.session;
  await rest(server.url, "/v1/auth/sudo", { token, body: { password: account.password } });
  const refused = await rest(server.url, path, { method, token });
  expect([refused.status, refused.body.code, refused.body.methods]).toEqual([403, "STEP_UP_REQUIRED", ["otp"]]);
  const body = { code: account.code() };
  expect((await rest(server.url, "/v1/auth/sudo", { token, body })).status).toBe(200);
  const answered = await rest(server.url, path, { method, token });
  expect(answered.body?.code).not.toBe("STEP_UP_REQUIRED");
});

const interruptions: readonly [string, (token: string, account: ProtectedAccount) => Promise<unknown>][] = [
  ["a logout everywhere", (token) => rest(shared().url, "/v1/auth/logout-all", { method: "POST", token })],
  [
    "another password",
    (token, { password }) => {
      const body = { currentPassword: password, newPassword: "tolerant gravel nocturne" };
      return rest(shared().url, "/v1/auth/password", { method: "PUT", token, body });
    },
  ],
];

test.each(interruptions)("%s ends sign-ins that wait for a second factor", async (_name, interrupt) => {
  const server = shared();
  const account = await registerProtected(server);
  const waiting = await login(server, account);
  await interrupt(account.accessToken, account);
  const { status, body } = await answer(server, waiting.body.challenge, { code: account.code() });
  expect([status, body.code]).toEqual([400, "MFA_CHALLENGE_INVALID"]);
});

test("a registration of the device after a logout ends the trust", async () => {
  const { url } = shared();
  const { account, device, session } = await registerTrusting();
  await rest(url, "/v1/auth/logout", { method: "POST", token: session.accessToken });
  const { installationId, ...fields } = device;
  expect((await registerDevice(url, installationId, fields)).status).toBe(201);
  expect(await statusOn(account, device)).toBe("mfa_required");
});
