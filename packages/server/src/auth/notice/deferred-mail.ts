import { z } from "zod";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { SealDeps } from "../../delivery/sealed-message.ts";
import { openMessage, type SealedMessage, sealedMessageSchema, sealMessage } from "../../delivery/sealed-message.ts";
import { defineJob } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { Limits } from "../../limits/limits.ts";
import type { Logger } from "../../logging/logger.ts";
import { registrationSchema } from "../registration/schema.ts";
import { type LaterMail, type PacedMail, sendInTurn, waitFurther } from "./pace.ts";

/** What putting a mail off needs. */
export interface DeferredMailDeps extends SealDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
  readonly limits: Limits;
  readonly log: Pick<Logger, "info">;
}

/** From where it was asked for; a job of an earlier version does not say. */
const ip = z.string().optional();

/** The same with the program, for the reader of the mail to recognise. */
const origin = z.object({ ip: z.string(), userAgent: z.string().nullable() }).optional();

const requestSchema = z.discriminatedUnion("template", [
  z.object({ template: z.literal("reset-password"), email: z.string(), ip }),
  z.object({ template: z.literal("magic-link"), email: z.string(), ip }),
  z.object({ template: z.literal("complete-registration"), account: registrationSchema, ip }),
  z.object({ template: z.literal("verify-email"), userId: z.string() }),
  z.object({
    template: z.literal("confirm-email-change"),
    userId: z.string(),
    email: z.string(),
    origin,
    /** A job of an earlier version does not say. */
    requestedAt: z.coerce.date().optional(),
  }),
]);

/** What a mail is asked for by somebody who need not own the mailbox; the template is the mail's. */
export type MailRequest = Readonly<z.output<typeof requestSchema>>;

/** The requests whose answer must not tell whether there is an account. */
export type SecretRequest = Extract<
  MailRequest,
  { template: "reset-password" | "magic-link" | "complete-registration" }
>;

/** Answers a {@link SecretRequest}. */
export const mailAnswerJob = defineJob<SealedMessage>({ name: "answer-by-mail", schema: sealedMessageSchema });

const laterMailSchema = sealedMessageSchema.extend({
  /** What it has in common with others that it stands for; the pace knows when it has its turn. */
  key: z.string(),
  /** Where it waits for its place's turn first, the lane that it then asks for its own. */
  laneAhead: z
    .strictObject({ lane: z.string(), placeInLane: z.string(), waiting: z.string(), askedFrom: z.string() })
    .optional(),
});

/** A request whose mail has its turn later. */
export type LaterMailPayload = Readonly<z.output<typeof laterMailSchema>>;

/** Sends a mail whose turn has come; of those that are alike one waits. */
export const laterMailJob = defineJob<LaterMailPayload>({
  name: "send-mail-later",
  schema: laterMailSchema,
  waitsOnce: true,
});

type RequestDeps = Pick<DeferredMailDeps, "clock" | "jobs" | "keyRing" | "random">;

/**
 * Leaves the request to a job. Whether there is an account is not looked up before the caller has their answer, so
 * neither the answer nor its time depends on it.
 */
export async function answerByMail(deps: RequestDeps, trx: DatabaseTransaction, request: SecretRequest): Promise<void> {
  await deps.jobs.enqueue(trx, mailAnswerJob, sealMessage(deps, "request", request));
}

/** Sends a mail when it has its turn: now, or by a job that then does what the request asks for. */
export async function answerInTurn(
  deps: RequestDeps & Pick<DeferredMailDeps, "limits" | "log">,
  trx: DatabaseTransaction,
  { mail, request }: { readonly mail: PacedMail; readonly request: MailRequest },
  send: () => Promise<void>,
): Promise<void> {
  await sendInTurn(deps, trx, mail, {
    send,
    sendLater: (later) => leaveToJob(deps, trx, sealMessage(deps, "request", request), later),
  });
}

async function leaveToJob(
  deps: Pick<DeferredMailDeps, "jobs" | "log">,
  trx: DatabaseTransaction,
  { id, template, sealed }: SealedMessage,
  { key, delaySeconds, laneAhead }: LaterMail,
): Promise<void> {
  await deps.jobs.enqueue(trx, laterMailJob, { id, template, sealed, key, laneAhead }, { key, delaySeconds });
  deps.log.info({ template, delaySeconds }, "a mail waits for its turn");
}

/** Puts a mail off that a job took before its turn; returns whether it did. */
export async function putOff(
  deps: Pick<DeferredMailDeps, "clock" | "db" | "jobs" | "limits" | "log">,
  payload: LaterMailPayload,
): Promise<boolean> {
  return await waitFurther(deps, payload, (trx, later) => leaveToJob(deps, trx, payload, later));
}

/** The request behind a job's payload. Throws `JobFailure`. */
export function openMailRequest(
  { keyRing }: Pick<DeferredMailDeps, "keyRing">,
  { id, template, sealed }: SealedMessage,
): MailRequest {
  return openMessage(keyRing, { id, template, sealed }, { kind: "request", schema: requestSchema }).message;
}
