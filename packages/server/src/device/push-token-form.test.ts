import { createECDH, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalPushToken, defaultPushService } from "./push-token-form.ts";

const ecdh = createECDH("prime256v1");
const p256dh = ecdh.generateKeys();
const auth = randomBytes(16);
const endpoint = "https://push.example.com/send/abc";

interface Subscription {
  readonly endpoint?: unknown;
  readonly p256dh?: Buffer;
  readonly auth?: Buffer;
}

/** A browser's subscription, as `JSON.stringify` writes it. */
function subscriptionOf(changes: Subscription = {}): string {
  const given = { endpoint, p256dh, auth, ...changes };
  const keys = { p256dh: given.p256dh.toString("base64url"), auth: given.auth.toString("base64url") };
  return JSON.stringify({ endpoint: given.endpoint, expirationTime: null, keys });
}

test("Apple's and the browsers' platforms have their own services by default, and the others Firebase's", () => {
  const services = (["android", "ios", "linux", "macos", "web", "windows"] as const).map(defaultPushService);
  expect(services).toEqual(["fcm", "apns", "fcm", "apns", "web_push", "fcm"]);
});

test("a token of Apple is hexadecimal digits of any length that it may have, stored in small letters", () => {
  expect(canonicalPushToken("apns", "AB".repeat(32))).toBe("ab".repeat(32));
  expect(canonicalPushToken("apns", "0f".repeat(100))).toBe("0f".repeat(100));
  for (const wrong of [
    "ab".repeat(15),
    `${"ab".repeat(32)}c`,
    "xy".repeat(32),
    `${"ab".repeat(32)}\n`,
    "ab".repeat(257),
  ]) {
    expect(canonicalPushToken("apns", wrong)).toBeUndefined();
  }
});

test("a token of Expo is written as Expo writes it", () => {
  for (const token of ["ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]", "ExpoPushToken[a-b_c]"]) {
    expect(canonicalPushToken("expo", token)).toBe(token);
  }
  for (const wrong of [
    "ExponentPushToken[]",
    "ExponentPushToken[a",
    "PushToken[a]",
    "ExpoPushToken[a]b",
    "ExpoPushToken[a b]",
    "ExpoPushToken[a[b]",
  ]) {
    expect(canonicalPushToken("expo", wrong)).toBeUndefined();
  }
});

test("a token of Firebase is any text", () => {
  expect(canonicalPushToken("fcm", "dQw4:APA91b-_")).toBe("dQw4:APA91b-_");
});

describe("a subscription of a browser", () => {
  test("is one text however it is written", () => {
    const keys = { auth: `${auth.toString("base64url")}==`, p256dh: `${p256dh.toString("base64url")}=` };
    const other = `${JSON.stringify({ keys, endpoint: "HTTPS://Push.example.com:443/send/abc", more: 1 }, null, 2)}\n`;
    const stored = canonicalPushToken("web_push", subscriptionOf());
    expect(stored).toBe(subscriptionOf().replace('"expirationTime":null,', ""));
    expect(canonicalPushToken("web_push", other)).toBe(stored);
    expect(canonicalPushToken("web_push", String(stored))).toBe(stored);
  });

  const offCurve = Buffer.from(p256dh);
  offCurve.writeUInt8(offCurve.readUInt8(64) ^ 1, 64);

  test.each([
    ["is no JSON", "subscription"],
    ["is another value", "null"],
    ["has no keys", JSON.stringify({ endpoint })],
    ["has no endpoint", subscriptionOf({ endpoint: undefined })],
    ["has an endpoint without TLS", subscriptionOf({ endpoint: "http://push.example.com/send" })],
    ["has an endpoint that is no address", subscriptionOf({ endpoint: "push" })],
    ["has an endpoint with a password", subscriptionOf({ endpoint: "https://a:b@push.example.com/send" })],
    ["has an endpoint with an empty fragment", subscriptionOf({ endpoint: `${endpoint}#` })],
    ["has an endpoint that is too long to be sent to", subscriptionOf({ endpoint: `${endpoint}${"a".repeat(2048)}` })],
    [
      "has an endpoint that is too long once it is ASCII",
      subscriptionOf({ endpoint: `${endpoint}${"漢".repeat(300)}` }),
    ],
    ["has a secret of 15 bytes", subscriptionOf({ auth: auth.subarray(1) })],
    [
      "has a compressed key",
      subscriptionOf({ p256dh: Buffer.from(ecdh.getPublicKey("base64", "compressed"), "base64") }),
    ],
    ["has a key that is no point of the curve", subscriptionOf({ p256dh: offCurve })],
    ["has keys that are no base64url", subscriptionOf().replace(/"auth":"./, '"auth":"+')],
  ])("is refused if it %s", (_what, token) => {
    expect(canonicalPushToken("web_push", token)).toBeUndefined();
  });
});
