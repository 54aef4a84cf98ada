import type { OperatorScope } from "@gatehouse/server/operator";
import { CommandError } from "../command-error.ts";

type RolePage = Awaited<ReturnType<OperatorScope["services"]["role"]["listRoles"]>>;

/** A role as the API returns it. */
export type Role = RolePage["items"][number];

/** Reads every role, by name. */
export async function listRoles({ deps, services }: OperatorScope): Promise<readonly Role[]> {
  const roles: Role[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await services.role.listRoles(deps, { limit: 100, cursor });
    roles.push(...page.items);
    if (page.nextCursor === null) return roles.toSorted((a, b) => a.name.localeCompare(b.name));
    cursor = page.nextCursor;
  }
}

/** Throws `CommandError`, which names the roles that there are, for a role that does not exist. */
export async function assertRoles(scope: OperatorScope, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const names = (await listRoles(scope)).map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new CommandError(`There is no role "${unknown.join('", "')}". The roles are ${names.join(", ")}.`);
}

/** Like {@link assertRoles}, for roles that accounts are given. */
export async function assertGivable(scope: OperatorScope, wanted: readonly string[]): Promise<void> {
  await assertRoles(scope, wanted);
  if (wanted.includes("user"))
    throw new CommandError("Every account has the role user, so it is not given to anybody.");
}
