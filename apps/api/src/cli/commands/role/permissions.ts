import type { OperatorScope } from "@gatehouse/server/operator";
import { CommandError } from "../../command-error.ts";

/** The option that names permissions. */
export const permissionOption = {
  value: "permission",
  summary: "allow this, such as user:read; may be repeated",
  isRepeated: true,
} as const;

/** Throws `CommandError`, which names the permissions that there are, for one that no operation requires. */
export function assertPermissions({ deps }: OperatorScope, wanted: readonly string[]): void {
  const unknown = wanted.filter((permission) => !deps.permissions.includes(permission));
  if (unknown.length === 0) return;
  throw new CommandError(
    `No operation requires "${unknown.join('", "')}". The permissions are ${deps.permissions.join(", ")}.`,
  );
}
