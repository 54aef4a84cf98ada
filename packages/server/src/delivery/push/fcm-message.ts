import { collapseId, maxTtlSeconds, secondsToLive } from "./delivery-headers.ts";
import type { PushContent } from "./push-sender.ts";

/** The most bytes of texts and data in a message; FCM counts keys and values. */
const maxPayloadBytes = 4096;

/** The message for FCM without its token, as JSON. */
export type FcmMessage = { readonly json: string } | { readonly tooLarge: string };

/**
 * Maps content to a message of FCM (`projects.messages`), all but its token. `link` is an entry of `data` in apps, and what a
 * click opens in browsers.
 */
export function toFcmMessage(content: PushContent, now: Date): FcmMessage {
  const { title, body, imageUrl, link } = content;
  const notification = { title, body, ...(imageUrl === undefined ? {} : { image: imageUrl }) };
  const data = { ...content.data, ...(link === undefined ? {} : { link }) };
  const bytes = bytesOf(notification) + bytesOf(data);
  if (bytes > maxPayloadBytes) return { tooLarge: `${bytes} bytes; FCM takes ${maxPayloadBytes}` };
  const ttlSeconds = secondsToLive(content.expiresAt, { now, maxSeconds: maxTtlSeconds });
  const message = {
    notification,
    data,
    android: androidOf(content, ttlSeconds),
    apns: apnsOf(content),
    webpush: webPushOf(content, ttlSeconds),
  };
  return { json: JSON.stringify(message) };
}

/** Writes the request of one message. */
export function fcmRequestBody(messageJson: string, token: string): string {
  return `{"message":{"token":${JSON.stringify(token)},${messageJson.slice(1)}}`;
}

function bytesOf(texts: Readonly<Record<string, string>>): number {
  return Object.entries(texts).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}

function androidOf({ priority, collapseKey }: PushContent, ttlSeconds: number) {
  return {
    priority: priority === "high" ? "HIGH" : "NORMAL",
    ttl: `${ttlSeconds}s`,
    // The key replaces a message that waits; the tag replaces one that is shown.
    ...(collapseKey === undefined ? {} : { collapse_key: collapseKey, notification: { tag: collapseKey } }),
  };
}

function apnsOf({ priority, expiresAt, collapseKey, imageUrl }: PushContent) {
  return {
    headers: {
      "apns-priority": priority === "high" ? "10" : "5",
      "apns-expiration": String(Math.floor(expiresAt.getTime() / 1000)),
      ...(collapseKey === undefined ? {} : { "apns-collapse-id": collapseId(collapseKey) }),
    },
    payload: { aps: { sound: "default", ...(imageUrl === undefined ? {} : { "mutable-content": 1 }) } },
  };
}

function webPushOf({ priority, collapseKey, link }: PushContent, ttlSeconds: number) {
  return {
    headers: {
      TTL: String(ttlSeconds),
      Urgency: priority,
      ...(collapseKey === undefined ? {} : { Topic: collapseId(collapseKey) }),
    },
    // FCM refuses other addresses.
    ...(link?.startsWith("https://") ? { fcm_options: { link } } : {}),
  };
}
