import { z } from "zod";
import { addSeconds, type Clock } from "../clock.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { JobFailure } from "../jobs/job.ts";

/** A message in the queue: a copy of the queue's tables reveals no address, link or code. */
export const sealedMessageSchema = z.strictObject({
  /** The same at every attempt, so that a duplicate can be recognised. */
  id: z.uuid(),
  /** Not sealed, so that operators can tell dead letters apart. */
  template: z.string(),
  /** The message as JSON, sealed by the key ring; base64. */
  sealed: z.base64(),
});

/** See {@link sealedMessageSchema}. */
export type SealedMessage = z.output<typeof sealedMessageSchema>;

/** The kind is part of the sealing context, so that a sealed mail does not open as another kind. */
export type MessageKind = "mail" | "sms" | "request";

/** What sealing a message needs. */
export interface SealDeps {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** A message to seal; `validForMinutes` is the lifetime of its link or code. */
interface Sealable {
  readonly template: string;
  readonly validForMinutes?: number;
}

/** Sealed together with the message. */
const expirySchema = z.object({ expiresAt: z.coerce.date().optional() });

/** Seals the message under a new id. */
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

/** An opened message. */
interface OpenedMessage<T> {
  readonly message: T;
  /** When its link or code expires, if it has one. */
  readonly expiresAt: Date | undefined;
}

/**
 * Opens and parses a message. Throws `JobFailure` for a message of a newer version, and `UnsealError` if the key ring lacks its
 * key. Another attempt, perhaps by an updated worker, may succeed.
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

/** The context that a message is sealed with. */
export const messageContext = (kind: MessageKind, id: string) => `${kind}:${id}`;
