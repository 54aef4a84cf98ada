import { beforeEach, expect, test } from "vitest";
import { registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const installationId = "installation-0001";
const device = { installationId, platform: "ios", pushService: "fcm", name: "Ada's phone", pushToken: "push-1" };

const firstDevice = async (url: string, token: string) => (await rest(url, "/v1/devices", { token })).body.items[0];

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

test("a device stays active while one of its user's sessions on it lives, and nobody else takes it meanwhile", async () => {
  const server = shared();
  const ada = await registerAccount(server.url, { device });
  const again = { identifier: ada.email, password: ada.password, device };
  const { accessToken: token } = (await rest(server.url, "/v1/auth/login", { body: again })).body.session;
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: ada.accessToken });
  expect((await firstDevice(server.url, token)).active).toBe(true);
  const bob = await registerAccount(server.url);
  const body = { platform: "ios" };
  const taking = { method: "PUT", token: bob.accessToken, body };
  expect((await rest(server.url, `/v1/devices/${installationId}`, taking)).body.code).toBe(
    "DEVICE_LINKED_TO_ANOTHER_USER",
  );
  await rest(server.url, "/v1/auth/logout", { method: "POST", token });
  expect((await rest(server.url, `/v1/devices/${installationId}`, taking)).status).toBe(200);
});

test("a device goes inactive when its two sessions end at once", async () => {
  const server = shared();
  for (let round = 0; round < 10; round += 1) {
    const phone = { ...device, installationId: `installation-${round}-x` };
    const ada = await registerAccount(server.url, { device: phone });
    const login = (body: object) => rest(server.url, "/v1/auth/login", { body });
    const second = await login({ identifier: ada.email, password: ada.password, device: phone });
    const logout = (token: string) => rest(server.url, "/v1/auth/logout", { method: "POST", token });
    await Promise.all([logout(ada.accessToken), logout(second.body.session.accessToken)]);
    const third = await login({ identifier: ada.email, password: ada.password });
    expect((await firstDevice(server.url, third.body.session.accessToken)).active).toBe(false);
  }
});

test("the reuse of a refresh token makes the device inactive, as a logout does", async () => {
  const server = shared();
  const ada = await registerAccount(server.url, { device });
  const refresh = (refreshToken: string) => rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
  const { body } = await refresh(ada.refreshToken);
  await refresh(body.session.refreshToken);
  expect((await refresh(ada.refreshToken)).body.code).toBe("REFRESH_TOKEN_REUSED");
  const login = await rest(server.url, "/v1/auth/login", { body: { identifier: ada.email, password: ada.password } });
  expect((await firstDevice(server.url, login.body.session.accessToken)).active).toBe(false);
});

test("a device that was linked but never registered can be registered after a logout, clean and with a new secret", async () => {
  const server = shared();
  const ada = await registerAccount(server.url, { device });
  const body = { installationId, platform: "ios" };
  expect((await rest(server.url, "/v1/devices", { body })).body.code).toBe("DEVICE_SECRET_INVALID");
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: ada.accessToken });
  const registered = await rest(server.url, "/v1/devices", { body });
  expect(registered.status).toBe(201);
  expect(registered.body.device).toMatchObject({ name: null, hasPushToken: false, active: true });
  const { deviceSecret } = registered.body;
  const update = await rest(server.url, "/v1/devices", { body: { ...body, deviceSecret, name: "Kitchen" } });
  expect([update.status, update.body.device.name]).toEqual([201, "Kitchen"]);
  expect((await rest(server.url, "/v1/devices", { body })).body.code).toBe("DEVICE_SECRET_INVALID");
});
