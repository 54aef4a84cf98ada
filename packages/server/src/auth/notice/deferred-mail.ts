import { z } from "zod";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import {
  openMessage,
  type SealDeps,
  type SealedMessage,
  sealedMessageSchema,
  sealMessage,
} from "../../delivery/sealed-message.ts";
import { defineJob } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { Limits } from "../../limits/limits.ts";
import type { Logger } from "../../logging/logger.ts";
import { registrationSchema } from "../registration/schema.ts";
import { type DeferredMail, deferFurther, sendThrottled, type ThrottledMail } from "./throttle.ts";

/** What deferring a mail needs. */
export interface DeferredMailDeps extends SealDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
  readonly limits: Limits;
  readonly log: Pick<Logger, "info">;
}

/** The caller's address; jobs of an earlier version lack it. */
const ip = z.string().optional();

/** Where a request came from, for the reader of the mail to recognise. */
const origin = z.object({ ip: z.string(), userAgent: z.string().nullable() }).optional();

/** Where the page behind the mail's link leads; checked. */
const redirectTo = z.string().optional();

const requestSchema = z.discriminatedUnion("template", [
  z.object({ template: z.literal("reset-password"), email: z.string(), ip, redirectTo }),
  z.object({ template: z.literal("magic-link"), email: z.string(), ip, redirectTo }),
  z.object({ template: z.literal("complete-registration"), account: registrationSchema, ip }),
  z.object({ template: z.literal("verify-email"), userId: z.string(), redirectTo }),
  z.object({
    template: z.literal("confirm-email-change"),
    userId: z.string(),
    email: z.string(),
    origin,
    redirectTo,
    /** Jobs of an earlier version lack it. */
    requestedAt: z.coerce.date().optional(),
  }),
]);

/** A request for a mail by somebody who need not own the mailbox; `template` is the mail's. */
export type MailRequest = Readonly<z.output<typeof requestSchema>>;

/** The requests whose answer must not reveal whether there is an account (user enumeration). */
export type ConfidentialRequest = Extract<
  MailRequest,
  { template: "reset-password" | "magic-link" | "complete-registration" }
>;

/** Carries out a {@link ConfidentialRequest}. */
export const mailRequestJob = defineJob<SealedMessage>({ name: "answer-by-mail", schema: sealedMessageSchema });

const deferredMailSchema = sealedMessageSchema.extend({
  /** The throttle's key of the mail; requests with the same key share one mail. */
  key: z.string(),
  /** Set while its place delays the mail: the shared lane that schedules it next. */
  laneAhead: z
    .strictObject({ lane: z.string(), placeInLane: z.string(), waiting: z.string(), askedFrom: z.string() })
    .optional(),
});

/** A request whose mail is due later. */
export type DeferredMailPayload = Readonly<z.output<typeof deferredMailSchema>>;

/** Sends a deferred mail when it is due; one job waits for each key. */
export const deferredMailJob = defineJob<DeferredMailPayload>({
  name: "send-mail-later",
  schema: deferredMailSchema,
  waitsOnce: true,
});

type RequestDeps = Pick<DeferredMailDeps, "clock" | "jobs" | "keyRing" | "random">;

/**
 * Enqueues a job that carries out the request. The account is looked up after the caller has the answer, so neither the
 * answer nor its time depends on whether there is one.
 */
export async function enqueueMailRequest(
  deps: RequestDeps,
  trx: DatabaseTransaction,
  request: ConfidentialRequest,
): Promise<void> {
  await deps.jobs.enqueue(trx, mailRequestJob, sealMessage(deps, "request", request));
}

/** A mail, how to send it now, and the request that a later job carries out. */
interface DeferrableMail {
  readonly mail: ThrottledMail;
  readonly request: MailRequest;
  readonly send: () => Promise<void>;
}

/** Sends a mail as soon as the throttle allows: now by `send`, or later by a job that carries out the request. */
export async function sendOrDefer(
  deps: RequestDeps & Pick<DeferredMailDeps, "limits" | "log">,
  trx: DatabaseTransaction,
  { mail, request, send }: DeferrableMail,
): Promise<void> {
  const defer = (later: DeferredMail) =>
    enqueueDeferred(deps, trx, { message: sealMessage(deps, "request", request), later });
  await sendThrottled(deps, trx, { mail, send, defer });
}

async function enqueueDeferred(
  deps: Pick<DeferredMailDeps, "jobs" | "log">,
  trx: DatabaseTransaction,
  { message, later }: { readonly message: SealedMessage; readonly later: DeferredMail },
): Promise<void> {
  const { id, template, sealed } = message;
  const { key, delaySeconds, laneAhead } = later;
  await deps.jobs.enqueue(trx, deferredMailJob, { id, template, sealed, key, laneAhead }, { key, delaySeconds });
  deps.log.info({ template, delaySeconds }, "a mail waits for its turn");
}

/** Defers a mail whose job ran before it was due; returns whether it did. */
export async function deferAgain(
  deps: Pick<DeferredMailDeps, "clock" | "db" | "jobs" | "limits" | "log">,
  payload: DeferredMailPayload,
): Promise<boolean> {
  return await deferFurther(deps, payload, (trx, later) => enqueueDeferred(deps, trx, { message: payload, later }));
}

/** Opens the request in a job's payload. Throws `JobFailure`. */
export function openMailRequest(
  { keyRing }: Pick<DeferredMailDeps, "keyRing">,
  { id, template, sealed }: SealedMessage,
): MailRequest {
  return openMessage(keyRing, { id, template, sealed }, { kind: "request", schema: requestSchema }).message;
}
