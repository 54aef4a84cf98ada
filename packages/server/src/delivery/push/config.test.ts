import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../config.ts";

const { privateKey: apnsKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = apnsKey.export({ type: "pkcs8", format: "pem" }).toString();
const vapidKey = apnsKey.export({ format: "jwk" }).d ?? "";
const rsaPem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });

const production = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://accounts.example.com",
  DATABASE_URL: "postgres://localhost/gatehouse",
  ENCRYPTION_KEYS: `1:${Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString("base64")}`,
};

const account = {
  type: "service_account",
  project_id: "acme",
  private_key_id: "0123456789abcdef",
  private_key: rsaPem,
  client_email: "push@acme.iam.gserviceaccount.com",
  token_uri: "https://oauth2.googleapis.com/token",
};

const apns = { APNS_KEY: pem, APNS_KEY_ID: "ABC1234DEF", APNS_TEAM_ID: "DEF1234GHI", APNS_TOPIC: "com.example.app" };
const vapid = { VAPID_PRIVATE_KEY: vapidKey, VAPID_SUBJECT: "mailto:operations@example.com" };

const pushOf = (settings: Readonly<Record<string, string>>) => loadConfig({ ...production, ...settings }).push;

test("without settings production sends nothing, and development keeps messages in the outbox", () => {
  expect(pushOf({})).toEqual({
    fcm: undefined,
    apns: undefined,
    webPush: undefined,
    expo: undefined,
    hasOutbox: false,
    timeoutMillis: 10_000,
  });
  expect(pushOf({ NODE_ENV: "staging" }).hasOutbox).toBe(false);
  expect(pushOf({ NODE_ENV: "development" }).hasOutbox).toBe(true);
  expect(pushOf({ NODE_ENV: "test" }).hasOutbox).toBe(true);
});

describe("FCM", () => {
  test("takes the text of the service account's file, with its line breaks or without", () => {
    for (const text of [JSON.stringify(account), JSON.stringify(account, undefined, 2)]) {
      expect(pushOf({ FCM_SERVICE_ACCOUNT: text }).fcm).toMatchObject({
        serviceAccount: { project_id: "acme", client_email: account.client_email },
        baseUrl: "https://fcm.googleapis.com",
      });
    }
  });

  test.each([
    ["its key is not one", { private_key: "key" }],
    ["its key is not of RSA", { private_key: pem }],
    ["its server of tokens has no https", { token_uri: "http://oauth2.googleapis.com/token" }],
    ["its project is missing", { project_id: undefined }],
  ])("refuses an account if %s, and shows no key", (_name, change) => {
    const text = JSON.stringify({ ...account, ...change });
    expect(() => pushOf({ FCM_SERVICE_ACCOUNT: text })).toThrow(/FCM_SERVICE_ACCOUNT: not valid/);
    expect(() => pushOf({ FCM_SERVICE_ACCOUNT: text })).not.toThrow(/BEGIN PRIVATE KEY-----\n?MI/);
  });
});

describe("APNs", () => {
  test("takes the text of the key, with line breaks or with \\n", () => {
    for (const key of [pem, pem.replaceAll("\n", "\\n")]) {
      expect(pushOf({ ...apns, APNS_KEY: key }).apns).toEqual({
        key: pem,
        keyId: "ABC1234DEF",
        teamId: "DEF1234GHI",
        topic: "com.example.app",
        baseUrl: "https://api.push.apple.com",
      });
    }
  });

  test.each(Object.keys(apns))("needs %s once it is configured", (name) => {
    expect(() => pushOf({ ...apns, [name]: "" })).toThrow(`${name}: required with`);
  });
});

describe("Web Push", () => {
  test("derives the key for browsers from the private one", () => {
    const { x = "", y = "" } = apnsKey.export({ format: "jwk" });
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
    expect(pushOf(vapid).webPush).toEqual({
      privateKey: vapidKey,
      publicKey: point.toString("base64url"),
      subject: "mailto:operations@example.com",
    });
  });

  test.each(Object.keys(vapid))("needs %s once it is configured", (name) => {
    expect(() => pushOf({ ...vapid, [name]: "" })).toThrow(`${name}: required with`);
  });
});

test("Expo is on or off, and an access token without it is a mistake", () => {
  expect(pushOf({ EXPO_PUSH: "on" }).expo).toEqual({ accessToken: undefined, baseUrl: "https://exp.host" });
  expect(pushOf({ EXPO_PUSH: "on", EXPO_ACCESS_TOKEN: "0123456789abcdef" }).expo?.accessToken).toBe("0123456789abcdef");
  expect(() => pushOf({ EXPO_ACCESS_TOKEN: "0123456789abcdef" })).toThrow(
    "EXPO_PUSH: must be on with EXPO_ACCESS_TOKEN",
  );
});
