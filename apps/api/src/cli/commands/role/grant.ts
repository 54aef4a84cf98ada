import { defineCommand } from "../../command.ts";
import { accountArgument, describeHolder, findChangeable } from "../../operator/account.ts";
import { assertGivable } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse role grant ROLE USER` */
export const grantRole = defineCommand({
  name: "role grant",
  summary: "gives a user one more role, at once on every server",
  args: { role: { summary: "as role list shows it" }, user: accountArgument },
  examples: [{ args: "role grant admin ada@example.com", summary: "makes an administrator of an account" }],
  guide: "docs/permissions.md",
  run: ({ role, user: identifier }) =>
    withOperator(async (scope) => {
      await assertGivable(scope, [role]);
      const { id } = await findChangeable(scope, identifier);
      return await scope.services.administration.grantRole(scope.deps, scope.rights, { id, role });
    }),
  describe: describeHolder,
});
