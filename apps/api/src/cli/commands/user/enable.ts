import { defineCommand } from "../../command.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse user enable USER` */
export const enableUser = defineCommand({
  name: "user enable",
  summary: "lets a disabled or deactivated user sign in again",
  args: { user: accountArgument },
  examples: [{ args: "user enable ada@example.com", summary: "the sessions that ended stay ended" }],
  guide: "docs/guides/administration.md",
  run: ({ user: identifier }) =>
    withOperator(async (scope) => {
      const { id } = await findChangeable(scope, identifier);
      return await scope.services.administration.enableUser(scope.deps, scope.rights, id);
    }),
  describe: (user) => `${nameOf(user)} is active.`,
});
