import { defineCommand } from "../../command.ts";
import { accountArgument, describeHolder, findChangeable } from "../../operator/account.ts";
import { assertGivable } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse role revoke ROLE USER` */
export const revokeRole = defineCommand({
  name: "role revoke",
  summary: "takes a role from a user, at once on every server",
  notes: "The last administrator keeps the role admin. Roles that a group carries stay with its members.",
  args: { role: { summary: "as role list shows it" }, user: accountArgument },
  examples: [{ args: "role revoke support ada@example.com", summary: "the user's other roles stay" }],
  guide: "docs/permissions.md",
  run: ({ role, user: identifier }) =>
    withOperator(async (scope) => {
      await assertGivable(scope, [role]);
      const { id } = await findChangeable(scope, identifier);
      return await scope.services.administration.revokeRole(scope.deps, scope.rights, { id, role });
    }),
  describe: describeHolder,
});
