import { z } from "zod";
import { addSeconds, type Clock } from "../clock.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { JobFailure } from "../jobs/job.ts";

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
export type MessageKind = "mail" | "sms" | "request";

/** What sealing a message needs. */
export interface SealDeps {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** A message to be sealed; one whose link or code works for so long is of no use afterwards. */
interface Sealable {
  readonly template: string;
  readonly validForMinutes?: number;
}

/** Is sealed with the message. */
const expirySchema = z.object({ expiresAt: z.coerce.date().optional() });

/** Gives the message its id and seals it. */
export function sealMessage(deps: SealDeps, kind: MessageKind, message: Sealable): SealedMessage {
  const id = deps.random.uuid();
  const { validForMinutes } = message;
  const expiresAt = validForMinutes === undefined ? undefined : addSeconds(deps.clock.now(), validForMinutes * 60);
  const content = JSON.stringify({ ...message, expiresAt });
  const sealed = deps.keyRing.seal(Buffer.from(content), messageContext(kind, id));
  return { id, template: message.template, sealed: sealed.toString("base64") };
}

interface Expected<T> {
  readonly kind: MessageKind;
  readonly schema: z.ZodType<T>;
}

/** A message out of its seal. */
interface OpenedMessage<T> {
  readonly message: T;
  /** When its link or code ceases to work, if it has one. */
  readonly expiresAt: Date | undefined;
}

/**
 * The message, parsed. Throws `JobFailure` for one of a newer version, and `UnsealError` while the key ring lacks the key
 * that sealed it: another attempt, perhaps another worker's, may know more.
 */
export function openMessage<T>(
  keyRing: KeyRing,
  { id, sealed }: SealedMessage,
  { kind, schema }: Expected<T>,
): OpenedMessage<T> {
  const content: unknown = JSON.parse(keyRing.open(Buffer.from(sealed, "base64"), messageContext(kind, id)).toString());
  const message = schema.safeParse(content);
  const expiry = expirySchema.safeParse(content);
  const cause = message.error ?? expiry.error;
  if (!message.success || !expiry.success) throw new JobFailure("The sealed message does not parse", { cause });
  return { message: message.data, expiresAt: expiry.data.expiresAt };
}

/** What the seal of a message belongs to. */
export const messageContext = (kind: MessageKind, id: string) => `${kind}:${id}`;
