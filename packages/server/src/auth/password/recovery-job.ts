import { z } from "zod";
import { type Database, inTransaction } from "../../database/connection.ts";
import { openMessage, type SealedMessage, sealedMessageSchema } from "../../delivery/sealed-message.ts";
import { type SmsDeps, sendSms } from "../../delivery/sms/service.ts";
import { defineJob } from "../../jobs/job.ts";
import { findNamedUser } from "../../user/administration/store.ts";
import { type CodeDeps, newCode } from "../one-time-token/code.ts";
import { setRecoveryCode } from "./recovery-store.ts";

/** The template of the message, which also names the request for it. */
export const recoveryTemplate = "recovery-code";

const requestSchema = z.object({
  template: z.literal(recoveryTemplate),
  /** The public id of the recovery. */
  recoveryId: z.uuid(),
  /** E.164. */
  phone: z.string(),
});

/** A request for a code that resets the password. */
export type RecoveryRequest = Readonly<z.output<typeof requestSchema>>;

/** Sends the code of a recovery, if an account may be recovered by the number. */
export const recoveryJob = defineJob<SealedMessage>({ name: "answer-by-sms", schema: sealedMessageSchema });

type SendDeps = SmsDeps & CodeDeps & { readonly db: Database };

/**
 * The handler of {@link recoveryJob}. It looks the account up after the caller has the answer, which is therefore the same for
 * every number. Accounts with an address get mail instead. A repeated attempt sends no second code.
 */
export async function sendRecoveryCode(deps: SendDeps, payload: SealedMessage): Promise<void> {
  const { message } = openMessage(deps.keyRing, payload, { kind: "request", schema: requestSchema });
  const { recoveryId, phone } = message;
  await inTransaction(deps.db, async (trx) => {
    const user = await findNamedUser(trx, { kind: "phone", value: phone });
    const isRecoverable = user?.status === "active" && user.deleted_at === null && user.email === null;
    if (!isRecoverable) return;
    const code = newCode(deps, { holder: recoveryId, phone });
    const sent = { userId: user.id, phone, codeDigest: code.digest, now: code.createdAt };
    if (!(await setRecoveryCode(trx, recoveryId, sent))) return;
    const { validForMinutes } = code;
    await sendSms(deps, trx, {
      to: phone,
      locale: user.locale,
      template: recoveryTemplate,
      code: code.code,
      validForMinutes,
    });
  });
}
