import type { z } from "zod";
import { inTransaction } from "../../database/connection.ts";
import { toE164 } from "../../delivery/sms/phone-number.ts";
import type { SmsDeps } from "../../delivery/sms/service.ts";
import { requireSms, sendSms } from "../../delivery/sms/service.ts";
import { GatehouseError } from "../../errors.ts";
import { changePhone, mapUniqueViolation } from "../../user/service.ts";
import { findUser, lockUser } from "../../user/store.ts";
import type { NoticeDeps } from "../notice/service.ts";
import { sendSecurityNotice } from "../notice/service.ts";
import type { CodeDeps } from "../one-time-token/code.ts";
import { issueCode, matchCode, takeCode } from "../one-time-token/code.ts";
import type { Actor, Caller } from "../session/actor.ts";
import type { StepUpDeps } from "../step-up/service.ts";
import { requireStepUp } from "../step-up/service.ts";
import { spendSms } from "./budget.ts";
import type { sendPhoneCodeInput } from "./schema.ts";

/** What proving a telephone number needs. */
type PhoneDeps = SmsDeps & CodeDeps & NoticeDeps & StepUpDeps;

/**
 * Sends the actor a code that proves the number. An account that has a number replaces it by a recent proof alone. Whether
 * the number is another user's, only a caller who proves it too learns. Throws `INVALID_INPUT`, `STEP_UP_REQUIRED`,
 * `SMS_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`.
 */
export async function sendPhoneCode(
  deps: PhoneDeps,
  { actor, ip }: Caller,
  input: z.output<typeof sendPhoneCodeInput>,
): Promise<void> {
  requireSms(deps.config);
  const phone = toE164(input.phone, input.country);
  if (phone === undefined) {
    const message = "Must be a telephone number: +34600000000, or as dialled within the country";
    throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "phone", message }] });
  }
  const asking = await findUser(deps.db, actor.userId);
  if (asking === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  if (asking.phone !== null) await requireStepUp(deps, actor);
  await spendSms(deps, { user: asking, phone, ip });
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, actor.userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    // The account got its first number while this call waited: what replaces it takes the proof, which was not asked for.
    if (asking.phone === null && user.phone !== null) throw new GatehouseError("STEP_UP_REQUIRED");
    const code = await issueCode(deps, trx, { userId: user.id, phone });
    await sendSms(deps, trx, { to: phone, locale: user.locale, template: "phone-code", ...code });
  });
}

/** The mail names the last two digits: enough for the owner to know the number, and no number for others who read it. */
function phoneChanged({ clock }: Pick<PhoneDeps, "clock">, phone: string) {
  return { template: "phone-changed", at: clock.now(), lastDigits: phone.slice(-2) } as const;
}

/**
 * Makes the number the actor's by the code that it was sent. Of several users who prove one number the first has it.
 * Throws `PHONE_CODE_INVALID` and `PHONE_TAKEN`.
 */
export async function verifyPhone(deps: PhoneDeps, { userId }: Actor, code: string): Promise<void> {
  const match = await matchCode(deps, { userId, code });
  if (match === undefined) throw new GatehouseError("PHONE_CODE_INVALID");
  await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const user = await lockUser(trx, userId);
      const isTaken = user !== undefined && (await takeCode(deps, trx, match));
      if (!isTaken) throw new GatehouseError("PHONE_CODE_INVALID");
      await changePhone(deps, trx, { id: userId, phone: match.target });
      if (user.phone !== null && user.phone !== match.target)
        await sendSecurityNotice(deps, trx, user, phoneChanged(deps, match.target));
    }),
  );
}
