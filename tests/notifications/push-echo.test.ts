import { expect, test } from "vitest";
import { addDevices, deliver, sendFor, startPushScene, waitUntilDone } from "../support/notifications.ts";
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
