import { defineCommand } from "../../command.ts";
import { assertRoles } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse role delete NAME` */
export const deleteRole = defineCommand({
  name: "role delete",
  summary: "deletes a role that nobody has and no group carries",
  args: { name: { summary: "of the role" } },
  examples: [{ args: "role delete auditor", summary: '"user find --role auditor" lists who has it' }],
  guide: "docs/permissions.md",
  run: ({ name }) =>
    withOperator(async (scope) => {
      await assertRoles(scope, [name]);
      await scope.services.role.removeRole(scope.deps, scope.rights, name);
      return { name };
    }),
  describe: ({ name }) => `Deleted the role ${name}.`,
});
