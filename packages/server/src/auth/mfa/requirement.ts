import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import type { RolePermissions } from "../../role/role-permissions.ts";
import type { ScopedActor } from "../api-key/actor.ts";
import { readSession } from "../session/authenticate.ts";
import { provesSecondFactor } from "../session/methods.ts";

/** What the requirement of a second factor depends on. */
export interface RequirementDeps {
  readonly config: Pick<Config, "mfa">;
  readonly db: Database;
  readonly clock: Clock;
  readonly rolePermissions: RolePermissions;
}

/** Whether one of these roles, or of those that the groups carry, requires a second factor (`MFA_REQUIRED_ROLES`). */
export async function isFactorRequired(
  { config, rolePermissions }: Pick<RequirementDeps, "config" | "rolePermissions">,
  holder: RightsHolder,
): Promise<boolean> {
  const { requiredRoles } = config.mfa;
  if (requiredRoles.length === 0) return false;
  const roles = await rolePermissions.rolesOf(holder);
  return requiredRoles.some((role) => roles.includes(role));
}

/**
 * Refuses a caller whose roles require a second factor, unless their session proved one; an API key needs an account that has
 * one. The session in memory may miss a proof at another instance, so it is read again before a refusal. An impersonation is as
 * good as the administrator's own session. Throws `SECOND_FACTOR_REQUIRED`.
 */
export async function requireSecondFactor(deps: RequirementDeps, actor: ScopedActor): Promise<void> {
  if (!(await isFactorRequired(deps, actor))) return;
  if (await hasProven(deps, actor)) return;
  throw new GatehouseError("SECOND_FACTOR_REQUIRED");
}

async function hasProven(deps: RequirementDeps, actor: ScopedActor): Promise<boolean> {
  if (!("session" in actor)) return actor.hasSecondFactor;
  if (actor.session.impersonator_id !== null || provesSecondFactor(actor.session.methods)) return true;
  return provesSecondFactor((await readSession(deps, actor)).methods);
}
