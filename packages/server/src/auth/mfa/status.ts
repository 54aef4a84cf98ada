import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import { findUser } from "../../user/store.ts";
import type { Actor } from "../session/actor.ts";
import { ownFactors } from "./factors.ts";
import { countRecoveryCodes } from "./recovery-code-store.ts";
import { isFactorRequired, type RequirementDeps } from "./requirement.ts";
import type { mfaStatusOutput } from "./schema.ts";

/** The second factors of the actor's account. */
export async function getMfaStatus(deps: RequirementDeps, actor: Actor): Promise<z.output<typeof mfaStatusOutput>> {
  const user = await findUser(deps.db, actor.userId);
  if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  const factors = ownFactors(user);
  const recoveryCodesLeft = await countRecoveryCodes(deps.db, actor.userId);
  const required = await isFactorRequired(deps, actor);
  return { factors, recoveryCodesLeft, required, resetAt: user.second_factor_reset_at };
}
