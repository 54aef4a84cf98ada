import { z } from "zod";

/** A browser's subscription, parsed. */
export interface WebPushSubscription {
  /** Where messages are posted. A user's device entered it, so only `outbound/` may call it. */
  readonly endpoint: URL;
  /** The browser's key on P-256, uncompressed: 65 bytes. */
  readonly publicKey: Buffer;
  /** The secret that authenticates senders: 16 bytes. */
  readonly authSecret: Buffer;
}

const bytes = (length: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+={0,2}$/)
    .transform((text) => Buffer.from(text, "base64url"))
    .refine((value) => value.length === length);

/** The first byte of an uncompressed point (SEC 1, 2.3.3). */
const uncompressed = 4;

/** The longest endpoint, in characters of its ASCII form. */
export const maxEndpointLength = 2048;

const subscriptionSchema = z.object({
  endpoint: z
    .string()
    .max(maxEndpointLength)
    .transform((text) => URL.parse(text))
    .refine((url) => url !== null),
  keys: z.object({ p256dh: bytes(65).refine((point) => point[0] === uncompressed), auth: bytes(16) }),
});

/**
 * Parses what `JSON.stringify(subscription)` writes in a browser (Push API, `PushSubscription.toJSON`). `undefined`: it is no
 * subscription.
 */
export function parseSubscription(json: string): WebPushSubscription | undefined {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  const { data } = subscriptionSchema.safeParse(read);
  if (data?.endpoint == null) return undefined;
  return { endpoint: data.endpoint, publicKey: data.keys.p256dh, authSecret: data.keys.auth };
}
