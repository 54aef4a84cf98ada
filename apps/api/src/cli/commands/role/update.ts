import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { parseInput } from "../../operator/refusal.ts";
import { assertRoles } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";
import { describeRole } from "./list.ts";
import { assertPermissions, permissionOption } from "./permissions.ts";

/** `gatehouse role update NAME` */
export const updateRole = defineCommand({
  name: "role update",
  summary: "replaces the permissions or the description of a role, at once on every server",
  args: { name: { summary: "of the role" } },
  options: {
    permission: permissionOption,
    allowNothing: { summary: "allow nothing" },
    description: { value: "text", summary: "what the role is for" },
  },
  examples: [
    { args: "role update auditor --permission audit:read", summary: "allows this alone, whatever it allowed before" },
    { args: 'role update auditor --description "Reads the audit log"', summary: "keeps the permissions" },
  ],
  guide: "docs/permissions.md",
  async run({ name, permission, allowNothing, description }) {
    if (permission && allowNothing) throw new MisuseError("Give --permission or --allow-nothing, not both.");
    const permissions = allowNothing ? [] : permission;
    if (permissions === undefined && description === undefined) {
      throw new MisuseError("Say what to change: --permission, --allow-nothing or --description.");
    }
    const { updateRoleInput } = await import("@gatehouse/server/operator");
    const change = parseInput(updateRoleInput, { name, permissions, description });
    return await withOperator(async (scope) => {
      await assertRoles(scope, [name]);
      assertPermissions(scope, permissions ?? []);
      return await scope.services.role.updateRole(scope.deps, scope.rights, change);
    });
  },
  describe: (role) => `Changed. ${describeRole(role)}`,
});
