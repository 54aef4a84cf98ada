import type { z } from "zod";
import { inTransaction } from "../../database/connection.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor } from "../session/actor.ts";
import { addFactor, type EnrolDeps, lockSignedIn } from "./enrol.ts";
import { type FactorSettings, hasFactor } from "./factors.ts";
import type { recoveryCodesOutput } from "./schema.ts";

/** What taking codes by mail as a second factor needs. */
type EmailFactorDeps = EnrolDeps & FactorSettings;

/**
 * Makes sign-ins take a code by mail, besides another proof. The session itself proves none by that. Throws
 * `SECOND_FACTOR_NOT_OFFERED`, `EMAIL_NOT_CONFIGURED`, `EMAIL_NOT_VERIFIED` and `SECOND_FACTOR_EXISTS`.
 */
export async function enableEmailCodes(
  deps: EmailFactorDeps,
  actor: Actor,
): Promise<z.output<typeof recoveryCodesOutput>> {
  if (!deps.config.mfa.emailCodes) throw new GatehouseError("SECOND_FACTOR_NOT_OFFERED");
  requireMail(deps.config);
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockSignedIn(trx, actor);
    if (user.email_verified_at === null) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    if (hasFactor(user, "email")) throw new GatehouseError("SECOND_FACTOR_EXISTS");
    return await addFactor(deps, trx, { user, factor: "email" });
  });
}
