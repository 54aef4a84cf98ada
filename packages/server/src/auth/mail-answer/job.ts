import { z } from "zod";
import type { DatabaseTransaction } from "../../database/index.ts";
import { openMessage, type SealedMessage, sealedMessageSchema, sealMessage } from "../../delivery/sealed-message.ts";
import type { Dependencies } from "../../dependencies.ts";
import { defineJob } from "../../jobs/index.ts";
import { registrationSchema } from "../registration/schema.ts";

const requestSchema = z.discriminatedUnion("template", [
  z.object({ template: z.literal("reset-password"), email: z.string() }),
  z.object({ template: z.literal("magic-link"), email: z.string() }),
  z.object({ template: z.literal("complete-registration"), account: registrationSchema }),
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
  deps: Pick<Dependencies, "clock" | "jobs" | "keyRing" | "random">,
  trx: DatabaseTransaction,
  request: MailRequest,
): Promise<void> {
  await deps.jobs.enqueue(trx, mailAnswerJob, sealMessage(deps, "request", request));
}

/** The request behind the job's payload. Throws `JobFailure`. */
export function openMailRequest({ keyRing }: Pick<Dependencies, "keyRing">, payload: SealedMessage): MailRequest {
  return openMessage(keyRing, payload, { kind: "request", schema: requestSchema }).message;
}
