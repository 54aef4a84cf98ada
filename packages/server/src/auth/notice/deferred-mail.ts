import { z } from "zod";
import type { Database } from "../../database/connection.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { SealDeps } from "../../delivery/sealed-message.ts";
import { openMessage, type SealedMessage, sealedMessageSchema, sealMessage } from "../../delivery/sealed-message.ts";
import { defineJob } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { Limits } from "../../limits/limits.ts";
import { registrationSchema } from "../registration/schema.ts";
import { type PacedMail, secondsToTurn, sendInTurn } from "./pace.ts";

/** What putting a mail off needs. */
export interface DeferredMailDeps extends SealDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
  readonly limits: Limits;
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
  z.object({ template: z.literal("confirm-email-change"), userId: z.string(), email: z.string(), origin }),
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

/** Sends a mail when it has its turn: now, or by a job that then does what the request asks for. Throws as {@link sendInTurn}. */
export async function answerInTurn(
  deps: RequestDeps & Pick<DeferredMailDeps, "limits">,
  trx: DatabaseTransaction,
  { mail, request }: { readonly mail: PacedMail; readonly request: MailRequest },
  send: () => Promise<void>,
): Promise<void> {
  await sendInTurn(deps, trx, mail, {
    send,
    sendLater: ({ key, delaySeconds }) =>
      deps.jobs.enqueue(trx, laterMailJob, { ...sealMessage(deps, "request", request), key }, { key, delaySeconds }),
  });
}

/** Puts a mail off that a job took before its turn: the database's clock need not be this machine's. */
export async function putOff(
  deps: Pick<DeferredMailDeps, "clock" | "db" | "jobs">,
  payload: LaterMailPayload,
): Promise<boolean> {
  const { key } = payload;
  const delaySeconds = await secondsToTurn(deps, key);
  if (delaySeconds === 0) return false;
  await inTransaction(deps.db, (trx) => deps.jobs.enqueue(trx, laterMailJob, payload, { key, delaySeconds }));
  return true;
}

/** The request behind a job's payload. Throws `JobFailure`. */
export function openMailRequest(
  { keyRing }: Pick<DeferredMailDeps, "keyRing">,
  { id, template, sealed }: SealedMessage,
): MailRequest {
  return openMessage(keyRing, { id, template, sealed }, { kind: "request", schema: requestSchema }).message;
}
