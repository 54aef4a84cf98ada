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
  unlinkDevice,
} from "../support/devices.ts";
import { listTargets } from "../support/reach.ts";
import { registerAccount, rest } from "../support/rest.ts";

const pushToken = "the-push-token-of-ada";

/** Ada, signed in on her installation, and Bob, who knows its id and wants it. */
async function openScene(fields: Readonly<Record<string, unknown>> = {}) {
  const scene = await openInstallation();
  const { url, installationId } = scene;
  const device = { installationId, platform: "ios", pushService: "fcm", pushToken, name: "Ada's phone", ...fields };
  const [ada, bob] = [await registerAccount(url, { device }), await registerAccount(url)];
  return { ...scene, ada, bob, logout: () => signOut(url, ada) };
}

describe.skipIf(postgresUnreachable)("row 33: while Ada is signed in on her installation, Bob", () => {
  test.each([
    ["knows only its id", {}],
    ["guesses a secret", { deviceSecret: newDeviceSecret() }],
  ])("cannot link it, when he %s", async (_what, guess) => {
    await using scene = await openScene({ deviceSecret: newDeviceSecret() });
    const before = await scene.read();
    const { installationId, url, bob } = scene;
    const { status, body } = await linkDevice(url, bob, {
      installationId,
      pushToken: "the-push-token-of-bob",
      ...guess,
    });
    expect([status, body.code]).toEqual([409, "DEVICE_LINKED_TO_ANOTHER_USER"]);
    expect(await scene.read()).toEqual(before);
  });

  test("cannot take it by naming it at a sign-in or registration, and gets a session without a device", async () => {
    await using scene = await openScene();
    const { installationId, url, bob } = scene;
    const before = await scene.read();
    for (const secret of [{}, { deviceSecret: newDeviceSecret() }]) {
      const device = {
        installationId,
        platform: "web",
        pushService: "fcm",
        name: "Bob's",
        pushToken: "the-push-token-of-bob",
        ...secret,
      };
      const { email: identifier, password } = bob;
      const email = `${crypto.randomUUID()}@example.com`;
      const answers = [
        await rest(url, "/v1/auth/login", { body: { identifier, password, device } }),
        await rest(url, "/v1/auth/register", { body: { email, password, device } }),
      ];
      for (const { body } of answers) {
        expect([body.status, body.deviceStatus]).toEqual(["signed_in", "linked_to_another_user"]);
        expect(await listDevices(url, body.session)).toEqual([]);
      }
      expect(await scene.read()).toEqual(before);
    }
  });

  test("cannot redirect her messages by an anonymous registration, whether or not the device has a secret", async () => {
    for (const fields of [{}, { deviceSecret: newDeviceSecret() }]) {
      await using scene = await openScene(fields);
      const before = await scene.read();
      for (const deviceSecret of [undefined, newDeviceSecret()]) {
        const answer = await registerDevice(scene.url, scene.installationId, { deviceSecret, pushToken: "bobs" });
        expect([answer.status, answer.body.code]).toEqual([403, "DEVICE_SECRET_INVALID"]);
      }
      expect(await scene.read()).toEqual(before);
    }
  });

  test("cannot unlink it, list it or distinguish it from a missing one", async () => {
    await using scene = await openScene();
    const { url, bob, installationId } = scene;
    const before = await scene.read();
    const hers = await unlinkDevice(url, bob, installationId);
    const nobodys = await unlinkDevice(url, bob, newInstallationId());
    expect([hers.status, hers.body.code, hers.body.detail]).toEqual([404, nobodys.body.code, nobodys.body.detail]);
    expect((await rest(url, "/v1/devices", { token: bob.accessToken })).body.items).toEqual([]);
    expect(await scene.read()).toEqual(before);
  });

  test("cannot mute, rename or search for it", async () => {
    await using scene = await openScene();
    const { url, bob, installationId } = scene;
    const before = await scene.read();
    const body = { muted: true, name: "Bob's" };
    const muting = { method: "PATCH", token: bob.accessToken, body };
    const hers = await rest(url, `/v1/devices/${installationId}`, muting);
    const nobodys = await rest(url, `/v1/devices/${newInstallationId()}`, muting);
    expect([hers.status, hers.body.code, hers.body.detail]).toEqual([404, nobodys.body.code, nobodys.body.detail]);
    const search = await rest(url, `/v1/devices/search?search=${installationId}`, { token: bob.accessToken });
    expect([search.status, search.body.code]).toEqual([403, "FORBIDDEN"]);
    expect(await scene.read()).toEqual(before);
    expect(await listTargets(scene.server, scene.ada)).toEqual([pushToken]);
  });

  test("gets none of her data in any answer", async () => {
    await using scene = await openScene();
    const { url, bob, installationId } = scene;
    const answers = [
      await linkDevice(url, bob, { installationId }),
      await registerDevice(url, installationId),
      await unlinkDevice(url, bob, installationId),
    ];
    for (const { body } of answers) {
      expect(JSON.stringify(body)).not.toMatch(/Ada's phone|the-push-token/);
      expect(JSON.stringify(body)).not.toContain(scene.ada.userId);
    }
  });
});

describe.skipIf(postgresUnreachable)("row 33: after Ada has logged out", () => {
  test("her installation gets no message for her", async () => {
    await using scene = await openScene();
    expect(await listTargets(scene.server, scene.ada)).toEqual([pushToken]);
    await scene.logout();
    expect(await scene.read()).toMatchObject({ active: false });
    expect(await listTargets(scene.server, scene.ada)).toEqual([]);
  });

  test("Bob can link it, and her push token and its name are gone", async () => {
    await using scene = await openScene();
    await scene.logout();
    const { status, body } = await linkDevice(scene.url, scene.bob, { installationId: scene.installationId });
    expect([status, body.hasPushToken, body.name]).toEqual([200, false, null]);
    expect(await scene.read()).toEqual({
      userId: scene.bob.userId,
      pushToken: null,
      pushService: null,
      active: true,
      name: null,
    });
  });

  test("Bob on the same phone, who has its secret, keeps the phone's push token", async () => {
    const deviceSecret = newDeviceSecret();
    await using scene = await openScene({ deviceSecret });
    await scene.logout();
    const { installationId, bob } = scene;
    expect((await linkDevice(scene.url, bob, { installationId, deviceSecret })).status).toBe(200);
    expect(await scene.read()).toMatchObject({ userId: bob.userId, pushToken, active: true });
  });

  test("her old access token cannot link it again", async () => {
    await using scene = await openScene();
    await scene.logout();
    const { installationId, ada, bob } = scene;
    await linkDevice(scene.url, bob, { installationId });
    const { status } = await linkDevice(scene.url, ada, { installationId, pushToken });
    expect(status).toBe(401);
    expect(await scene.read()).toMatchObject({ userId: bob.userId, pushToken: null });
  });

  test("an anonymous registration without the secret is still refused", async () => {
    await using scene = await openScene({ deviceSecret: newDeviceSecret() });
    await scene.logout();
    const answer = await registerDevice(scene.url, scene.installationId, { pushToken: "the-push-token-of-bob" });
    expect(answer.status).toBe(403);
    expect(await scene.read()).toMatchObject({ pushToken, active: false });
  });
});
