import { createECDH, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId } from "../support/devices.ts";
import { login } from "../support/logins.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

const apnsToken = () => randomBytes(32).toString("hex");

function newSubscription(): { readonly endpoint: string; readonly keys: object } {
  const keys = {
    p256dh: createECDH("prime256v1").generateKeys().toString("base64url"),
    auth: randomBytes(16).toString("base64url"),
  };
  return { endpoint: `https://push.example.com/${crypto.randomUUID()}`, keys };
}

/** Registers an installation, with no more than the fields. */
function register(fields: Readonly<Record<string, unknown>>) {
  return rest(shared().url, "/v1/devices", { body: { installationId: newInstallationId(), ...fields } });
}

describe("the service of a push token", () => {
  test.each([
    ["ios", apnsToken(), "apns"],
    ["macos", apnsToken(), "apns"],
    ["android", `fcm-${crypto.randomUUID()}`, "fcm"],
    ["linux", `fcm-${crypto.randomUUID()}`, "fcm"],
    ["windows", `fcm-${crypto.randomUUID()}`, "fcm"],
    ["web", JSON.stringify(newSubscription()), "web_push"],
  ])("follows from the platform %s", async (platform, pushToken, pushService) => {
    const { status, body } = await register({ platform, pushToken });
    expect([status, body.device.hasPushToken, body.device.pushService]).toEqual([201, true, pushService]);
  });

  test("is what the app says, on any platform", async () => {
    for (const [pushService, pushToken] of [
      ["expo", `ExponentPushToken[${crypto.randomUUID()}]`],
      ["fcm", `fcm-${crypto.randomUUID()}`],
    ]) {
      const { body } = await register({ platform: "ios", pushToken, pushService });
      expect(body.device).toMatchObject({ hasPushToken: true, pushService });
    }
  });

  test("is none without a token, even if the app names one", async () => {
    const { body } = await register({ platform: "ios", pushService: "fcm" });
    expect(body.device).toMatchObject({ hasPushToken: false, pushService: null });
    const { installationId } = body.device;
    const { deviceSecret } = body;
    const fields = { installationId, deviceSecret, platform: "ios", pushService: "fcm" };
    expect((await register({ ...fields, pushToken: `fcm-${crypto.randomUUID()}` })).body.device.pushService).toBe(
      "fcm",
    );
    expect((await register({ ...fields, pushToken: null })).body.device).toMatchObject({ pushService: null });
  });

  test("refuses a token of another, by the name of the field", async () => {
    for (const fields of [
      { platform: "ios", pushToken: "a-token-of-firebase" },
      { platform: "web", pushToken: "a-token-of-firebase" },
      { platform: "android", pushService: "expo", pushToken: "a-token-of-firebase" },
      { platform: "android", pushService: "web_push", pushToken: apnsToken() },
    ]) {
      const { status, body } = await register(fields);
      expect([status, body.code, body.errors[0].path]).toEqual([400, "INVALID_INPUT", "pushToken"]);
    }
    const device = { installationId: newInstallationId(), platform: "ios", pushToken: "a-token-of-firebase" };
    const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
    const { status, body } = await rest(shared().url, "/v1/auth/register", { body: { ...credentials, device } });
    expect([status, body.errors[0].path]).toEqual([400, "device.pushToken"]);
  });
});

describe.skipIf(postgresUnreachable)("a push token", () => {
  /** The push columns of an installation. */
  const readPush = async (installationId: string) => {
    const columns = "push_token as token, push_service as service, push_token_set_at as since";
    const rows = await shared().database?.query(`select ${columns} from device where installation_id = $1`, [
      installationId,
    ]);
    return rows?.[0];
  };

  test("that is written in another way is the same, and leaves the device that had it", async () => {
    const subscription = newSubscription();
    const [first, second] = [newInstallationId(), newInstallationId()];
    await register({ installationId: first, platform: "web", pushToken: JSON.stringify(subscription) });
    const rewritten = JSON.stringify({
      expirationTime: null,
      keys: subscription.keys,
      endpoint: subscription.endpoint,
    });
    const { body } = await register({ installationId: second, platform: "web", pushToken: rewritten });
    expect(body.device.hasPushToken).toBe(true);
    expect(await readPush(first)).toEqual({ token: null, service: null, since: null });
    expect(await readPush(second)).toMatchObject({ token: JSON.stringify(subscription), service: "web_push" });
  });

  test("is the device's since it got it, however often the app sends it again", async () => {
    const { url, clock } = shared();
    const [installationId, deviceSecret, pushToken] = [newInstallationId(), newDeviceSecret(), apnsToken()];
    const device = { installationId, deviceSecret, platform: "ios", pushToken };
    const since = clock.now();
    const ada = await registerAccount(url, { device });
    clock.advance(60);
    await login(url, { identifier: ada.email, password: ada.password, device });
    await linkDevice(url, ada, { ...device, pushService: "apns" });
    expect(await readPush(installationId)).toEqual({ token: pushToken, service: "apns", since });
    await linkDevice(url, ada, { ...device, pushService: "apns", pushToken: pushToken.toUpperCase() });
    expect(await readPush(installationId)).toEqual({ token: pushToken, service: "apns", since });
    const next = apnsToken();
    await login(url, { identifier: ada.email, password: ada.password, device: { ...device, pushToken: next } });
    expect(await readPush(installationId)).toEqual({ token: next, service: "apns", since: clock.now() });
  });

  test("that a sign-in takes away leaves nothing", async () => {
    const { url } = shared();
    const device = { installationId: newInstallationId(), platform: "ios", pushToken: apnsToken() };
    const ada = await registerAccount(url, { device });
    await login(url, { identifier: ada.email, password: ada.password, device: { ...device, pushToken: null } });
    expect(await readPush(device.installationId)).toEqual({ token: null, service: null, since: null });
  });
});

test("a device has its language and its time zone in their usual spelling", async () => {
  const { body } = await register({ platform: "ios", locale: "es-mx", timeZone: "europe/madrid" });
  expect(body.device).toMatchObject({ locale: "es-MX", timeZone: "Europe/Madrid" });
  const { installationId } = body.device;
  const { deviceSecret } = body;
  const cleared = await register({ installationId, deviceSecret, platform: "ios", locale: null });
  expect(cleared.body.device).toMatchObject({ locale: null, timeZone: "Europe/Madrid" });
  for (const [field, value] of [
    ["locale", "klingon!"],
    ["timeZone", "Mars/Olympus"],
    ["timeZone", "+01:00"],
  ] as const) {
    const refused = await register({ platform: "ios", [field]: value });
    expect([field, refused.status, refused.body.errors[0].path]).toEqual([field, 400, field]);
  }
});
