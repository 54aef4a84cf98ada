import { describe, expect, test } from "vitest";
import { newDeviceSecret, newInstallationId, registerDevice } from "../support/devices.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const shared = shareGatehouse();

describe("an anonymous registration of a device", () => {
  test("returns 201 with the device and a secret for it", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const fields = { name: "Ada's phone", model: "X1", osVersion: "17.2", appVersion: "1.0", pushToken: "push me" };
    const { status, body } = await registerDevice(server.url, installationId, fields);
    expect(status).toBe(201);
    expect(body).toEqual({
      device: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        installationId,
        platform: "ios",
        name: "Ada's phone",
        model: "X1",
        osVersion: "17.2",
        appVersion: "1.0",
        locale: null,
        timeZone: null,
        active: true,
        muted: false,
        hasPushToken: true,
        pushService: "fcm",
        createdAt: expect.stringMatching(rfc3339),
        updatedAt: expect.stringMatching(rfc3339),
        lastSeenAt: expect.stringMatching(rfc3339),
      },
      deviceSecret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
  });

  test("can be changed later only with the secret", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const { body: first } = await registerDevice(server.url, installationId, { name: "before" });
    for (const deviceSecret of [undefined, newDeviceSecret(), first.deviceSecret.toLowerCase()]) {
      const { status, body } = await registerDevice(server.url, installationId, { name: "stolen", deviceSecret });
      expect([status, body.code]).toEqual([403, "DEVICE_SECRET_INVALID"]);
    }
    const { deviceSecret } = first;
    const { status, body: second } = await registerDevice(server.url, installationId, { name: "after", deviceSecret });
    expect(status).toBe(201);
    expect(second).toMatchObject({ deviceSecret, device: { id: first.device.id, name: "after" } });
  });

  test("with a secret chosen by the app can be repeated after a lost answer", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const deviceSecret = newDeviceSecret();
    const lost = await registerDevice(server.url, installationId, { deviceSecret });
    const again = await registerDevice(server.url, installationId, { deviceSecret });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(lost.body);
  });

  test("keeps fields that it does not mention, and clears fields set to null", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const deviceSecret = newDeviceSecret();
    await registerDevice(server.url, installationId, {
      deviceSecret,
      name: "kept",
      model: "cleared",
      pushToken: "kept",
    });
    const { body } = await registerDevice(server.url, installationId, {
      deviceSecret,
      model: null,
      platform: "android",
    });
    expect(body.device).toMatchObject({ name: "kept", model: null, hasPushToken: true, platform: "android" });
  });

  test("repeated 50 times at once by one installation makes one device", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const deviceSecret = newDeviceSecret();
    const calls = Array.from({ length: 50 }, () => registerDevice(server.url, installationId, { deviceSecret }));
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.device.id)).size).toBe(1);
  });

  test("repeated 50 times at once without a secret gives it to one caller", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const answers = await Promise.all(Array.from({ length: 50 }, () => registerDevice(server.url, installationId)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === "DEVICE_SECRET_INVALID")).toHaveLength(49);
  });

  test("never returns a push token or the device's user", async () => {
    const server = shared();
    const { body } = await registerDevice(server.url, newInstallationId(), { pushToken: "a-very-secret-push-token" });
    expect(JSON.stringify(body)).not.toContain("a-very-secret-push-token");
    expect(Object.keys(body.device)).not.toContain("userId");
  });

  test("refuses a wrong field by name", async () => {
    const server = shared();
    for (const [what, fields, path] of [
      ["a short installation", { installationId: "short" }, "installationId"],
      ["an installation with a slash", { installationId: "installation/1" }, "installationId"],
      ["a platform that is none", { platform: "beos" }, "platform"],
      ["a short secret", { deviceSecret: "short" }, "deviceSecret"],
      ["a push token with a NUL", { pushToken: "push\0token" }, "pushToken"],
      ["a name of 101 characters", { name: "n".repeat(101) }, "name"],
      ["a user of the caller's choice", { userId: "1" }, "userId"],
    ] as const) {
      const body = { installationId: newInstallationId(), platform: "web", ...fields };
      const answer = await rest(server.url, "/v1/devices", { body });
      expect([what, answer.status, answer.body.errors[0].path]).toEqual([what, 400, path]);
    }
  });
});
