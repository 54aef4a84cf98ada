import { defineCommand } from "../../command.ts";
import { parseInput } from "../../operator/refusal.ts";
import { withOperator } from "../../operator/scope.ts";
import { describeRole } from "./list.ts";
import { assertPermissions, permissionOption } from "./permissions.ts";

/** `gatehouse role create NAME` */
export const createRole = defineCommand({
  name: "role create",
  summary: "creates a role",
  args: { name: { summary: "lower-case letters, digits and dashes" } },
  options: {
    permission: permissionOption,
    description: { value: "text", summary: "what the role is for" },
  },
  examples: [
    {
      args: "role create auditor --permission audit:read --permission user:read",
      summary: "reads, and changes nothing",
    },
  ],
  guide: "docs/permissions.md",
  async run({ name, permission: permissions = [], description }) {
    const { createRoleInput } = await import("@gatehouse/server/operator");
    const role = parseInput(createRoleInput, { name, permissions, description });
    return await withOperator(async (scope) => {
      assertPermissions(scope, permissions);
      return await scope.services.role.createRole(scope.deps, scope.rights, role);
    });
  },
  describe: (role) => `Created. ${describeRole(role)}`,
});
