import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import {
  linkDevice,
  listDevices,
  newDeviceSecret,
  newInstallationId,
  openInstallation,
  registerDevice,
  signOut,
} from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { readHolders } from "../support/push-tokens.ts";
import { registerAccount, rest } from "../support/rest.ts";

/** Ada's app, before she signs in, on an installation whose id Bob knows. */
async function openAnonymous() {
  const scene = await openInstallation();
  const { server, url, installationId } = scene;
  const fields = { name: "Ada's phone", model: "X1", osVersion: "17", appVersion: "1.0", pushToken: "hers" };
  const { body } = await registerDevice(url, installationId, fields);
  server.clock.advance(60);
  return { ...scene, deviceSecret: String(body.deviceSecret), device: body.device };
}

describe.skipIf(postgresUnreachable)("row 40: an anonymous installation whose id a stranger knows", () => {
  test.each([
    ["no secret", {}],
    ["a secret of their own", { deviceSecret: newDeviceSecret() }],
  ])("gives only its id to a stranger who links it with %s", async (_what, secret) => {
    await using scene = await openAnonymous();
    const { url, installationId, device } = scene;
    const { status, body } = await linkDevice(url, await registerAccount(url), { installationId, ...secret });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: null, model: null, osVersion: null, appVersion: null, hasPushToken: false });
    expect(body.id).not.toBe(device.id);
    for (const moment of ["createdAt", "updatedAt", "lastSeenAt"]) expect(body[moment]).not.toBe(device[moment]);
  });

  test("gives only its id to a stranger who names it at a sign-in or a registration", async () => {
    for (const path of ["/v1/auth/login", "/v1/auth/register"]) {
      await using scene = await openAnonymous();
      const { installationId, url } = scene;
      const device = { installationId, platform: "web", name: "Bob's" };
      const { email, password } = await registerAccount(url);
      const body = path.endsWith("login")
        ? { identifier: email, password, device }
        : { email: `${crypto.randomUUID()}@example.com`, password, device };
      const { session } = (await rest(url, path, { body })).body;
      const [linked] = await listDevices(url, session);
      expect(linked).toMatchObject({ name: "Bob's", model: null, platform: "web", hasPushToken: false });
      expect(linked.id).not.toBe(scene.device.id);
      expect(await scene.read()).toMatchObject({ pushToken: null });
    }
  });

  test("no longer opens with its old secret once it has started clean", async () => {
    await using scene = await openAnonymous();
    const { url, installationId, deviceSecret } = scene;
    const bob = await registerAccount(url);
    await linkDevice(url, bob, { installationId, pushToken: "his", name: "Bob's" });
    const before = await scene.read();
    const hers = await registerDevice(url, installationId, { deviceSecret, pushToken: "hers again" });
    expect([hers.status, hers.body.code]).toEqual([403, "DEVICE_SECRET_INVALID"]);
    const linked = await linkDevice(url, await registerAccount(url), { installationId, deviceSecret });
    expect([linked.status, linked.body.code]).toEqual([409, "DEVICE_LINKED_TO_ANOTHER_USER"]);
    expect(await scene.read()).toEqual(before);
    await signOut(url, bob);
    const later = await linkDevice(url, await registerAccount(url), { installationId, deviceSecret });
    expect([later.status, later.body.name, later.body.hasPushToken]).toEqual([200, null, false]);
  });

  test("works for its own app, which lost the secret, with a new secret", async () => {
    await using scene = await openAnonymous();
    const { url, installationId } = scene;
    const ada = await registerAccount(url);
    const deviceSecret = newDeviceSecret();
    const linked = await linkDevice(url, ada, { installationId, deviceSecret, pushToken: "hers" });
    expect([linked.status, linked.body.hasPushToken]).toEqual([200, true]);
    const update = await registerDevice(url, installationId, { deviceSecret, name: "renamed" });
    expect([update.status, update.body.device.name]).toEqual([201, "renamed"]);
  });

  test("goes with its content to its own app alone when the stranger links it at the same time", async () => {
    await using server = await startGatehouse();
    const round = async () => {
      const installationId = newInstallationId();
      const anonymous = await registerDevice(server.url, installationId, { name: "Ada's phone" });
      const { deviceSecret } = anonymous.body;
      const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
      const [hers, his] = await Promise.all([
        linkDevice(server.url, ada, { installationId, deviceSecret }),
        linkDevice(server.url, bob, { installationId }),
      ]);
      expect([hers.status, his.status].toSorted()).toEqual([200, 409]);
      if (his.status === 200) expect(his.body.name).toBeNull();
      else expect(hers.body).toMatchObject({ name: "Ada's phone", id: anonymous.body.device.id });
    };
    await Promise.all(Array.from({ length: 8 }, round));
  });
});

describe.skipIf(postgresUnreachable)("row 40: after Ada logged out and Bob started her installation clean", () => {
  test("her secret gets nothing of his, and she signs in without the device", async () => {
    await using scene = await openInstallation();
    const { url, installationId } = scene;
    const deviceSecret = newDeviceSecret();
    const device = { installationId, platform: "ios", pushService: "fcm", deviceSecret, pushToken: "hers" };
    const ada = await registerAccount(url, { device });
    await signOut(url, ada);
    const bob = await registerAccount(url);
    await linkDevice(url, bob, { installationId, name: "Bob's", pushToken: "his" });
    const before = await scene.read();
    const { email: identifier, password } = ada;
    const { status, body } = await rest(url, "/v1/auth/login", { body: { identifier, password, device } });
    expect([status, body.deviceStatus]).toEqual([200, "linked_to_another_user"]);
    expect(await listDevices(url, body.session)).toEqual([]);
    expect((await registerDevice(url, installationId, { deviceSecret })).status).toBe(403);
    expect(await scene.read()).toEqual(before);
    const next = { installationId: newInstallationId(), deviceSecret, pushToken: "hers" };
    expect((await linkDevice(url, body.session, next)).body.hasPushToken).toBe(true);
  });

  test("his messages stay where they are when her refused sign-in brings a push token that another device has", async () => {
    await using scene = await openInstallation();
    const { url, installationId } = scene;
    const [bob, carol] = [await registerAccount(url), await registerAccount(url)];
    await linkDevice(url, bob, { installationId, pushToken: "his" });
    const hers = newInstallationId();
    await linkDevice(url, carol, { installationId: hers, pushToken: "carol's" });
    const ada = await registerAccount(url);
    const device = { installationId, platform: "ios", pushService: "fcm", pushToken: "carol's" };
    const body = { identifier: ada.email, password: ada.password, device };
    expect((await rest(url, "/v1/auth/login", { body })).body.deviceStatus).toBe("linked_to_another_user");
    expect(await readHolders(scene.server, "carol's")).toEqual([hers]);
  });
});
