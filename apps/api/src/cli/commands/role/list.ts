import { defineCommand } from "../../command.ts";
import { listRoles, type Role } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";
import { formatTable } from "../../table.ts";
import { inOneLine } from "../../text.ts";

/** `gatehouse role list` */
export const listRolesCommand = defineCommand({
  name: "role list",
  summary: "lists the roles and their permissions",
  examples: [{ args: "role list", summary: '* stands for every permission, and "user" is everybody\'s role' }],
  guide: "docs/permissions.md",
  run: () => withOperator(listRoles),
  describe: (roles) => formatTable(["role", "description", "permissions"], roles.map(rowOf)),
});

function rowOf({ name, description, permissions }: Role): readonly string[] {
  return [name, inOneLine(description), permissions.length === 0 ? "none" : permissions.join(" ")];
}

/** Writes a role after a change of it. */
export function describeRole({ name, permissions }: Role): string {
  return `${name} allows ${permissions.length === 0 ? "nothing" : permissions.join(", ")}.`;
}
