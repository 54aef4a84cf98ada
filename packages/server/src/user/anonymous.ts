import type { Clock } from "../clock.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { identifierColumns, type NewUser } from "./service.ts";
import { changeUser, type UserRow } from "./store.ts";
import type { UsernameDeps } from "./username.ts";

/** Whether the account has no identifier yet. */
export function isAnonymous({ anonymous_since: since }: Pick<UserRow, "anonymous_since">): boolean {
  return since !== null;
}

/** What an anonymous account is given: an address, a number, a username, and what else a registration has. */
export type GivenIdentity = Omit<NewUser, "id" | "roles" | "unvouched" | "isAnonymous">;

/**
 * Makes an anonymous account a full one, which keeps its id and all that it has. Fields that are not given stay. Returns the changed
 * user, and leaves it to the caller to record and publish that. The user must be locked. Throws `ACCOUNT_NOT_ANONYMOUS` and
 * `USERNAME_RESERVED`; a taken address or username surfaces through `mapUniqueViolation`.
 */
export async function identifyUser(
  deps: UsernameDeps & { readonly clock: Clock },
  trx: DatabaseTransaction,
  { user, given }: { readonly user: UserRow; readonly given: GivenIdentity },
): Promise<UserRow> {
  if (!isAnonymous(user)) throw new GatehouseError("ACCOUNT_NOT_ANONYMOUS");
  const changed = await changeUser(trx, user.id, {
    anonymous_since: null,
    ...identifierColumns(deps, given),
    given_name: given.givenName ?? user.given_name,
    family_name: given.familyName ?? user.family_name,
    birth_date: given.birthDate ?? user.birth_date,
    locale: given.locale ?? user.locale,
    time_zone: given.timeZone ?? user.time_zone,
    updated_at: deps.clock.now(),
  });
  if (changed === undefined) throw new GatehouseError("ACCOUNT_NOT_ANONYMOUS");
  return changed;
}
