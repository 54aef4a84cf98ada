import { createHash } from "node:crypto";

/**
 * Shortens a collapse key to what services allow (APNs: 64 bytes; Web Push: 32 characters of base64url): the same text of 32
 * characters for the same key.
 */
export function collapseId(collapseKey: string): string {
  // 24 of the 32 bytes: two keys never meet by chance.
  return createHash("sha256").update(collapseKey).digest().subarray(0, 24).toString("base64url");
}

/** Returns the seconds until the content expires, at least 0 and at most `maxSeconds`. */
export function secondsToLive(
  expiresAt: Date,
  { now, maxSeconds }: { readonly now: Date; readonly maxSeconds: number },
) {
  const seconds = Math.ceil((expiresAt.getTime() - now.getTime()) / 1000);
  return Math.min(Math.max(seconds, 0), maxSeconds);
}

/** The longest time to live of FCM, Web Push services and Expo, in seconds: four weeks. */
export const maxTtlSeconds = 28 * 24 * 60 * 60;
