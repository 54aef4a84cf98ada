import { expect, test, vi } from "vitest";
import { listOutbox } from "../../packages/server/src/delivery/outbox/service.ts";
import { startFcm, unregistered } from "../../packages/server/src/delivery/push/testing/fcm-server.ts";
import { linkDevice, listDevices, newInstallationId, signOut } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { addDevices, deliver, sendFor, startPushScene, waitUntilDone } from "../support/notifications.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";

const echo = (url: string, token: string) => rest(url, "/v1/devices/push-echo", { method: "POST", token });

test("a push echo goes to the caller's own devices that can get messages", async () => {
  await using scene = await startPushScene();
  const { server, sender } = scene;
  const { userId, accessToken } = await registerAccount(server.url, { locale: "es-MX" });
  const devices = await addDevices(server, { count: 2, userId });
  await addDevices(server, { count: 1, userId, columns: { muted: "true" } });
  await addDevices(server, { count: 1 });
  const answer = await echo(server.url, accessToken);
  expect([answer.status, answer.body]).toEqual([202, { id: expect.any(String), devices: 2 }]);
  await deliver(server);
  expect(sender.tokens).toEqual(devices.map(({ token }) => token).toSorted());
  expect(sender.messages[0]?.content).toMatchObject({
    title: "Gatehouse",
    body: "Los mensajes llegan a este dispositivo.",
    priority: "high",
  });
});

test("a push echo of a user without devices goes to none", async () => {
  await using scene = await startPushScene();
  const { accessToken } = await registerAccount(scene.server.url);
  expect(await echo(scene.server.url, accessToken)).toMatchObject({ status: 202, body: { devices: 0 } });
  await deliver(scene.server);
  expect(scene.sender.messages).toEqual([]);
});

test("a server with workers delivers by itself, on the embedded database too", async () => {
  await using scene = await startPushScene({ embedded: true, environment: { JOBS: "on" } });
  await addDevices(scene.server, { count: 3 });
  const id = await sendFor(scene, { audience: { everyone: true } });
  await waitUntilDone(scene, id);
  expect(scene.sender.messages).toHaveLength(3);
});

test("in development messages come to the outbox, and none to a device whose user has signed out", async () => {
  await using server = await startGatehouse();
  const account = await registerAccount(server.url);
  const { email: identifier, password } = account;
  await linkDevice(server.url, account, { installationId: newInstallationId(), pushToken: "token-of-the-phone" });
  expect((await echo(server.url, account.accessToken)).body).toMatchObject({ devices: 1 });
  await vi.waitFor(async () => {
    expect(await listOutbox(server.gatehouse.deps)).toContainEqual(
      expect.objectContaining({ kind: "push", subject: "Gatehouse", template: "fcm" }),
    );
  }, patience);
  const { body } = await login(server.url, { identifier, password });
  await signOut(server.url, account);
  expect((await echo(server.url, body.session.accessToken)).body).toMatchObject({ devices: 0 });
});

test("a device whose token FCM no longer knows loses it after one answer", async () => {
  await using fcm = await startFcm({ answers: { "token-of-the-phone": [unregistered] } });
  await using server = await startGatehouse({
    environment: { FCM_SERVICE_ACCOUNT: fcm.serviceAccount, FCM_BASE_URL: fcm.origin },
  });
  const account = await registerAccount(server.url);
  await linkDevice(server.url, account, { installationId: newInstallationId(), pushToken: "token-of-the-phone" });
  await linkDevice(server.url, account, { installationId: newInstallationId(), pushToken: "token-of-the-tablet" });
  const { email: identifier, password } = account;
  // The link above moved the session to the tablet; the phone is signed in on by another.
  const [, phone] = await listDevices(server.url, account);
  const device = { installationId: phone.installationId, platform: "ios" };
  await login(server.url, { identifier, password, device });
  expect((await echo(server.url, account.accessToken)).body).toMatchObject({ devices: 2 });
  await vi.waitFor(async () => {
    const devices = await listDevices(server.url, account);
    expect(devices.map(({ hasPushToken }: { hasPushToken: boolean }) => hasPushToken)).toEqual([true, false]);
  }, patience);
  expect(fcm.accepted()).toBe(1);
});
