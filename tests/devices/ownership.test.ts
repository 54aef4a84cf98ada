import { describe, expect, test } from "vitest";
import { linkDevice, newDeviceSecret, newInstallationId, registerDevice, unlinkDevice } from "../support/devices.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

async function listInstallations(url: string, { accessToken }: Pick<Account, "accessToken">): Promise<string[]> {
  const { body } = await rest(url, "/v1/devices", { token: accessToken });
  return body.items.map((device: { installationId: string }) => device.installationId);
}

const logout = (url: string, { accessToken }: Pick<Account, "accessToken">, path = "logout") =>
  rest(url, `/v1/auth/${path}`, { method: "POST", token: accessToken });

async function login(url: string, { email, password }: Account, device?: object) {
  const answer = await rest(url, "/v1/auth/login", { body: { identifier: email, password, device } });
  return { ...answer, accessToken: answer.body.session?.accessToken };
}

const shared = shareGatehouse();

describe("a device", () => {
  test("named at a registration belongs to the new user", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const ada = await registerAccount(server.url, { device: { installationId, platform: "android" } });
    expect(await listInstallations(server.url, ada)).toEqual([installationId]);
  });

  test("named at a login belongs to the user", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const session = await login(server.url, await registerAccount(server.url), { installationId, platform: "web" });
    expect(session.status).toBe(200);
    expect(await listInstallations(server.url, session)).toEqual([installationId]);
  });

  test("named at a login by HTTP Basic belongs to the user", async () => {
    const server = shared();
    const { email, password } = await registerAccount(server.url);
    const installationId = newInstallationId();
    const headers = { authorization: `Basic ${btoa(`${email}:${password}`)}` };
    const body = { device: { installationId, platform: "linux" } };
    const answer = await rest(server.url, "/v1/auth/token", { headers, body });
    expect(await listInstallations(server.url, answer.body.session)).toEqual([installationId]);
  });

  test("registered anonymously goes with its content to the user who links it with its secret", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const anonymous = await registerDevice(server.url, installationId, { name: "kept", pushToken: "kept" });
    const ada = await registerAccount(server.url);
    const { deviceSecret } = anonymous.body;
    const { status, body } = await linkDevice(server.url, ada, { installationId, deviceSecret });
    expect([status, body.id, body.name, body.hasPushToken]).toEqual([200, anonymous.body.device.id, "kept", true]);
    expect(body.createdAt).toBe(anonymous.body.device.createdAt);
  });

  test("linked again is updated and stays one device", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const ada = await registerAccount(server.url);
    const first = await linkDevice(server.url, ada, { installationId, appVersion: "1.0" });
    const second = await linkDevice(server.url, ada, { installationId, appVersion: "1.1" });
    expect([second.body.id, second.body.appVersion]).toEqual([first.body.id, "1.1"]);
    expect(await listInstallations(server.url, ada)).toEqual([installationId]);
  });

  test.each(["logout", "logout-all"])(
    "becomes inactive with the %s of its user, and active with the next login",
    async (path) => {
      const server = shared();
      const device = { installationId: newInstallationId(), platform: "ios" };
      const ada = await registerAccount(server.url, { device });
      const elsewhere = await login(server.url, ada);
      expect((await logout(server.url, ada, path)).status).toBe(204);
      const other = path === "logout" ? elsewhere : await login(server.url, ada);
      const inactive = await rest(server.url, "/v1/devices", { token: other.accessToken });
      expect(inactive.body.items).toMatchObject([{ installationId: device.installationId, active: false }]);
      await login(server.url, ada, device);
      const active = await rest(server.url, "/v1/devices", { token: other.accessToken });
      expect(active.body.items).toMatchObject([{ installationId: device.installationId, active: true }]);
    },
  );

  test("stays active when another session of its user ends", async () => {
    const server = shared();
    const ada = await registerAccount(server.url, { device: { installationId: newInstallationId(), platform: "ios" } });
    await logout(server.url, await login(server.url, ada));
    const { body } = await rest(server.url, "/v1/devices", { token: ada.accessToken });
    expect(body.items).toMatchObject([{ active: true }]);
  });

  test("unlinked by its user is gone from their list, and free for another user", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const ada = await registerAccount(server.url, {
      device: { installationId, platform: "ios", pushService: "fcm", pushToken: "push" },
    });
    const { status, body } = await unlinkDevice(server.url, ada, installationId);
    expect([status, body]).toEqual([204, undefined]);
    expect(await listInstallations(server.url, ada)).toEqual([]);
    const bob = await registerAccount(server.url);
    const linked = await linkDevice(server.url, bob, { installationId });
    expect([linked.status, linked.body.hasPushToken]).toEqual([200, false]);
  });

  test("is not found by another user's unlink, or by a second one", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const ada = await registerAccount(server.url, { device: { installationId, platform: "ios" } });
    const bob = await registerAccount(server.url);
    const theirs = await unlinkDevice(server.url, bob, installationId);
    expect([theirs.status, theirs.body.code]).toEqual([404, "NOT_FOUND"]);
    expect(await listInstallations(server.url, ada)).toEqual([installationId]);
    await unlinkDevice(server.url, ada, installationId);
    expect((await unlinkDevice(server.url, ada, installationId)).status).toBe(404);
    expect((await unlinkDevice(server.url, ada, newInstallationId())).status).toBe(404);
  });

  test("belongs to one user at a time: its secret transfers it, and the former user loses it", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const deviceSecret = newDeviceSecret();
    const ada = await registerAccount(server.url, { device: { installationId, platform: "ios", deviceSecret } });
    const bob = await registerAccount(server.url);
    expect((await linkDevice(server.url, bob, { installationId, deviceSecret })).status).toBe(200);
    expect(await listInstallations(server.url, ada)).toEqual([]);
    expect(await listInstallations(server.url, bob)).toEqual([installationId]);
    await logout(server.url, ada);
    const { body } = await rest(server.url, "/v1/devices", { token: bob.accessToken });
    expect(body.items).toMatchObject([{ active: true }]);
  });

  test("is free again when the session of its user has expired", async () => {
    const server = shared();
    const installationId = newInstallationId();
    await registerAccount(server.url, { device: { installationId, platform: "ios" } });
    server.clock.advance(366 * 24 * 60 * 60);
    const bob = await registerAccount(server.url);
    expect((await linkDevice(server.url, bob, { installationId })).status).toBe(200);
  });

  test("of a signed-in user is not linked by another user's registration and login, which succeed", async () => {
    const server = shared();
    const device = { installationId: newInstallationId(), platform: "ios" };
    const ada = await registerAccount(server.url, { device });
    const credentials = { email: "bob@example.com", password: "correct horse battery" };
    const registration = await rest(server.url, "/v1/auth/register", { body: { ...credentials, device } });
    expect([registration.status, registration.body.deviceStatus]).toEqual([201, "linked_to_another_user"]);
    const { email: identifier, password } = credentials;
    const login = (fields: object) => rest(server.url, "/v1/auth/login", { body: { identifier, password, ...fields } });
    const { status, body } = await login({ device });
    expect([status, body.deviceStatus]).toEqual([200, "linked_to_another_user"]);
    expect(await listInstallations(server.url, body.session)).toEqual([]);
    await logout(server.url, ada);
    expect((await login({ device })).body.deviceStatus).toBe("linked");
    expect((await login({})).body).not.toHaveProperty("deviceStatus");
  });

  test("linked by 20 users at once has one owner", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const users = await Promise.all(Array.from({ length: 20 }, () => registerAccount(server.url)));
    const answers = await Promise.all(users.map((user) => linkDevice(server.url, user, { installationId })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200).map(({ status, body }) => `${status} ${body.code}`);
    expect(new Set(refused)).toEqual(new Set(["409 DEVICE_LINKED_TO_ANOTHER_USER"]));
    const lists = await Promise.all(users.map((user) => listInstallations(server.url, user)));
    expect(lists.flat()).toEqual([installationId]);
  });
});
