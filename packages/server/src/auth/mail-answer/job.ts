import { z } from "zod";
import type { DatabaseTransaction } from "../../database/index.ts";
import { openMessage, type SealedMessage, sealedMessageSchema, sealMessage } from "../../delivery/sealed-message.ts";
import type { Dependencies } from "../../dependencies.ts";
import { defineJob } from "../../jobs/index.ts";

const newAccountSchema = z.object({
  /** The public id that the user gets, so that a job that runs twice adds them once. */
  id: z.uuid(),
  email: z.string(),
  passwordHash: z.string(),
  username: z.string().optional(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  birthDate: z.string().optional(),
  locale: z.string().optional(),
});

const requestSchema = z.discriminatedUnion("template", [
  z.object({ template: z.literal("reset-password"), email: z.string() }),
  z.object({ template: z.literal("magic-link"), email: z.string() }),
  z.object({ template: z.literal("complete-registration"), account: newAccountSchema }),
]);

/** What somebody asked for who may not learn by the answer whether there is an account; the template is the mail's. */
export type MailRequest = Readonly<z.output<typeof requestSchema>>;

/** Answers a {@link MailRequest}. */
export const mailAnswerJob = defineJob<SealedMessage>({ name: "answer-by-mail", schema: sealedMessageSchema });

/**
 * Leaves the request to a job. Whether there is an account is not looked up before the caller has their answer, so
 * neither the answer nor its time depends on it.
 */
export async function answerByMail(
  deps: Pick<Dependencies, "jobs" | "keyRing" | "random">,
  trx: DatabaseTransaction,
  request: MailRequest,
): Promise<void> {
  await deps.jobs.enqueue(trx, mailAnswerJob, sealMessage(deps, "request", request));
}

/** The request behind the job's payload. Throws `JobFailure`. */
export function openMailRequest({ keyRing }: Pick<Dependencies, "keyRing">, payload: SealedMessage): MailRequest {
  return openMessage(keyRing, payload, { kind: "request", schema: requestSchema });
}
