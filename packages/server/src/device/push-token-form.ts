import { createPublicKey } from "node:crypto";
import { z } from "zod";
import type { DeviceTable } from "../database/tables.gen.ts";
import type { PushService } from "../delivery/push/push-sender.ts";
import { maxEndpointLength } from "../delivery/push/web-push-subscription.ts";

type Platform = DeviceTable["platform"];

/** The service of a push token whose app names none: Apple's and the browsers' own, and Firebase's elsewhere. */
export function defaultPushService(platform: Platform): PushService {
  switch (platform) {
    case "ios":
    case "macos":
      return "apns";
    case "web":
      return "web_push";
    case "android":
    case "linux":
    case "windows":
      return "fcm";
  }
}

/** What a push token of each service looks like, for the app that sent another. */
export const pushTokenForms: Readonly<Record<PushService, string>> = {
  apns: "Must be the device token of APNs as hexadecimal digits; name the service in pushService if it is another",
  expo: "Must be an Expo push token, such as ExponentPushToken[…]",
  fcm: "Must be a registration token of Firebase Cloud Messaging",
  web_push: "Must be the browser's PushSubscription as JSON; name the service in pushService if it is another",
};

/** The longest token, in UTF-16 code units: enough for the address of a subscription. */
export const maxPushTokenLength = 4096;

/**
 * Returns the token as it is stored, so that one token is one text however an app writes it; `undefined` for a token that the
 * service cannot have made. Tokens of Firebase are not documented, so any text may be one.
 */
export function canonicalPushToken(service: PushService, token: string): string | undefined {
  switch (service) {
    case "apns":
      return /^(?:[0-9a-f]{2}){16,256}$/i.test(token) ? token.toLowerCase() : undefined;
    case "expo":
      return /^Expo(?:nent)?PushToken\[[^\][\s]{1,200}\]$/.test(token) ? token : undefined;
    case "fcm":
      return token;
    case "web_push":
      return canonicalSubscription(token);
  }
}

const base64 = /^[A-Za-z0-9_-]+={0,2}$/;

/** What `PushSubscription.toJSON()` returns (https://www.w3.org/TR/push-api/), as far as messages need it. */
const subscriptionSchema = z.object({
  endpoint: z.string().refine((address) => isEndpoint(address)),
  keys: z.object({ p256dh: z.string().regex(base64), auth: z.string().regex(base64) }),
});

/** The bytes of an uncompressed point on P-256, and of the secret that encryption begins with (RFC 8291, 3.2). */
const [pointBytes, authBytes] = [65, 16];

function canonicalSubscription(token: string): string | undefined {
  const parsed = subscriptionSchema.safeParse(parseJson(token));
  if (!parsed.success) return undefined;
  const { endpoint, keys } = parsed.data;
  const [p256dh, auth] = [Buffer.from(keys.p256dh, "base64url"), Buffer.from(keys.auth, "base64url")];
  if (!isPoint(p256dh) || auth.length !== authBytes) return undefined;
  const canonical = { p256dh: p256dh.toString("base64url"), auth: auth.toString("base64url") };
  return JSON.stringify({ endpoint: new URL(endpoint).href, keys: canonical });
}

/**
 * Whether messages could be posted there. Where it leads is checked when one is sent. The length is that of the stored form, which
 * is several times as long as a text with other letters than ASCII.
 */
function isEndpoint(address: string): boolean {
  const url = URL.parse(address);
  if (url === null || url.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  // An empty fragment, which `hash` does not show, would make another text of the same subscription.
  return !url.href.includes("#") && url.href.length <= maxEndpointLength;
}

function isPoint(bytes: Buffer): boolean {
  if (bytes.length !== pointBytes || bytes[0] !== 4) return false;
  const [x, y] = [bytes.subarray(1, 33).toString("base64url"), bytes.subarray(33).toString("base64url")];
  try {
    createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
