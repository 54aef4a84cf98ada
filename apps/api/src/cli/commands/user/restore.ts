import { defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { accountArgument, findAccount, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse user restore USER` */
export const restoreUser = defineCommand({
  name: "user restore",
  summary: "restores a deleted account in the state that it had",
  args: { user: accountArgument },
  examples: [{ args: "user restore ada@example.com", summary: '"user find --status deleted" lists the deleted ones' }],
  guide: "docs/guides/administration.md",
  run: ({ user: identifier }) =>
    withOperator(async (scope) => {
      const user = await findAccount(scope, identifier);
      if (user.deletedAt === null) throw new CommandError(`${nameOf(user)} is not deleted.`);
      return await scope.services.administration.restoreUser(scope.deps, scope.rights, user.id);
    }),
  describe: (user) => `Restored ${nameOf(user)}, which is ${user.status}.`,
});
