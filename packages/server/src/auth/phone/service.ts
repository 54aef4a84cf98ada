import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { inTransaction } from "../../database/connection.ts";
import { requireSms, type SmsDeps, sendSms } from "../../delivery/sms/service.ts";
import { GatehouseError } from "../../errors.ts";
import { isAnonymous } from "../../user/anonymous.ts";
import { changePhone, mapUniqueViolation, publishChange } from "../../user/service.ts";
import { findUser, lockUser } from "../../user/store.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import { type CodeDeps, issueCode, matchCode, takeCode } from "../one-time-token/code.ts";
import type { Actor, Caller } from "../session/actor.ts";
import { requireStepUp, type StepUpDeps } from "../step-up/service.ts";
import { consumeSmsBudgets } from "./budget.ts";
import { parsePhone } from "./number.ts";
import type { sendPhoneCodeInput } from "./schema.ts";

/** What proving a telephone number needs. */
type PhoneDeps = SmsDeps & CodeDeps & NoticeDeps & StepUpDeps & AuditDeps & EventDeps;

/**
 * Sends the actor a code that proves the number. Replacing a number requires a recent step-up. Only a caller who proves the
 * number learns whether it is another user's. Throws `INVALID_INPUT`, `ANONYMOUS_ACCOUNT`, `STEP_UP_REQUIRED`, `SMS_NOT_CONFIGURED` and
 * `TOO_MANY_REQUESTS`.
 */
export async function sendPhoneCode(
  deps: PhoneDeps,
  { actor, ip }: Caller,
  input: z.output<typeof sendPhoneCodeInput>,
): Promise<void> {
  requireSms(deps.config);
  const phone = await parsePhone(input);
  const asking = await findUser(deps.db, actor.userId);
  if (asking === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  if (isAnonymous(asking)) throw new GatehouseError("ANONYMOUS_ACCOUNT");
  if (asking.phone !== null) await requireStepUp(deps, actor);
  await consumeSmsBudgets(deps, { sender: asking, phone, ip });
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, actor.userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    // The account got its first number while this call waited, so it now needs the step-up that was not checked.
    if (asking.phone === null && user.phone !== null) throw new GatehouseError("STEP_UP_REQUIRED");
    const code = await issueCode(deps, trx, { userId: user.id, phone });
    await sendSms(deps, trx, { to: phone, locale: user.locale, template: "phone-code", ...code });
    const requested = { action: "phone.code_requested", kind: "user", targetId: user.public_id } as const;
    await recordEvent(deps, trx, { ...requested, details: { phone } });
  });
}

/** The mail shows the last two digits: the owner recognises the number, and other readers do not learn it. */
function phoneChanged({ clock }: Pick<PhoneDeps, "clock">, phone: string) {
  return { template: "phone-changed", at: clock.now(), lastDigits: phone.slice(-2) } as const;
}

/**
 * Gives the number to the actor by the code that was sent to it. If several users prove one number, the first gets it. Throws
 * `PHONE_CODE_INVALID` and `PHONE_TAKEN`.
 */
export async function verifyPhone(deps: PhoneDeps, { userId }: Actor, code: string): Promise<void> {
  const match = await matchCode(deps, { userId, code });
  if (match === undefined) throw new GatehouseError("PHONE_CODE_INVALID");
  await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const user = await lockUser(trx, userId);
      const isTaken = user !== undefined && (await takeCode(deps, trx, match));
      if (!isTaken) throw new GatehouseError("PHONE_CODE_INVALID");
      const changed = await changePhone(deps, trx, { user, phone: match.target });
      await publishChange(deps, trx, { before: user, after: changed });
      if (user.phone !== null && user.phone !== match.target)
        await sendSecurityNotice(deps, trx, { user, notice: phoneChanged(deps, match.target) });
    }),
  );
}
