import { defineCommand } from "../../command.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";

/** `gatehouse user end-sessions USER` */
export const endSessions = defineCommand({
  name: "user end-sessions",
  summary: "ends every session of a user, at once on every server",
  notes: "The user may sign in again, and API keys go on working; user disable stops both.",
  args: { user: accountArgument },
  examples: [{ args: "user end-sessions ada@example.com", summary: "after a device was stolen" }],
  guide: "docs/guides/administration.md",
  run: ({ user: identifier }) =>
    withOperator(async (scope) => {
      const { id, email, username, phone } = await findChangeable(scope, identifier);
      await scope.services.administration.revokeUserSessions(scope.deps, scope.rights, id);
      return { id, email, username, phone };
    }),
  describe: (user) => `Ended every session of ${nameOf(user)}.`,
});
