import { createHmac } from "node:crypto";

/** The bytes of a secret; the specification asks for 24 to 64. */
export const secretBytes = 32;

/** Writes a secret as Standard Webhooks prescribes; libraries for receivers take it in this form. */
export function formatSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString("base64")}`;
}

/** A message to sign. */
interface SignedMessage {
  /** The same at every attempt. */
  readonly id: string;
  /** When this attempt is made; receivers refuse old messages, which may be replayed. */
  readonly at: Date;
  readonly body: string;
}

/** Returns the headers of Standard Webhooks 1.0, with a signature by each secret: HMAC-SHA-256 over `id.timestamp.body`. */
export function signedHeaders({ id, at, body }: SignedMessage, secrets: readonly Uint8Array[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const sign = (secret: Uint8Array) =>
    `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": secrets.map(sign).join(" ") };
}
