import { z } from "zod";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { JobFailure } from "../jobs/index.ts";

/** What a message waits in the queue as: nobody who reads the queue's tables learns an address, a link or a code. */
export const sealedMessageSchema = z.strictObject({
  /** Stays the same however often delivery is tried, so that a repetition can be recognised. */
  id: z.uuid(),
  /** In the clear, so that a dead letter says what it was. */
  template: z.string(),
  /** The message as JSON, sealed by the key ring; base64. */
  sealed: z.base64(),
});

/** See {@link sealedMessageSchema}. */
export type SealedMessage = z.output<typeof sealedMessageSchema>;

/** A message's kind enters its seal, so that a sealed mail does not open as anything else. */
type MessageKind = "mail" | "sms" | "request";

interface SealDeps {
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** Gives the message its id and seals it. */
export function sealMessage(deps: SealDeps, kind: MessageKind, message: { readonly template: string }): SealedMessage {
  const id = deps.random.uuid();
  const sealed = deps.keyRing.seal(Buffer.from(JSON.stringify(message)), sealContext(kind, id));
  return { id, template: message.template, sealed: sealed.toString("base64") };
}

interface Expected<T> {
  readonly kind: MessageKind;
  readonly schema: z.ZodType<T>;
}

/** The message, parsed. Throws `JobFailure`, and `UnsealError` while the key ring lacks the key that sealed it. */
export function openMessage<T>(keyRing: KeyRing, { id, sealed }: SealedMessage, { kind, schema }: Expected<T>): T {
  const json = keyRing.open(Buffer.from(sealed, "base64"), sealContext(kind, id)).toString();
  const message = schema.safeParse(JSON.parse(json));
  if (message.success) return message.data;
  throw new JobFailure("The sealed message does not parse", { isPermanent: true, cause: message.error });
}

const sealContext = (kind: MessageKind, id: string) => `${kind}:${id}`;
