import type { ManagedUser } from "@gatehouse/server/operator";
import { defineCommand } from "../../command.ts";
import { CommandError, MisuseError } from "../../command-error.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";
import { ask, canAsk } from "../../terminal.ts";

/** `gatehouse user delete USER` */
export const deleteUser = defineCommand({
  name: "user delete",
  summary: "deletes an account, which can be restored until it is erased",
  notes: "Its sessions end at once, and its address stays taken. ACCOUNT_RETENTION_DAYS later it is erased.",
  args: { user: accountArgument },
  options: { yes: { summary: "do not ask first" } },
  examples: [
    { args: "user delete ada@example.com", summary: "asks first" },
    { args: "user delete ada@example.com --yes", summary: "in a script" },
  ],
  guide: "docs/guides/administration.md",
  async run({ user: identifier, yes }) {
    if (!(yes || canAsk())) throw new MisuseError("There is no terminal to ask at. Give --yes to delete the account.");
    return await withOperator(async (scope) => {
      const { accountRetentionDays: restorableDays } = scope.deps.config;
      const user = await findChangeable(scope, identifier);
      if (!yes) await confirm(user, restorableDays);
      await scope.services.administration.deleteUser(scope.deps, scope.rights, user.id);
      const { id, email, username, phone } = user;
      return { id, email, username, phone, restorableDays };
    });
  },
  describe: ({ restorableDays, ...user }) =>
    `Deleted ${nameOf(user)}. For ${restorableDays} days "gatehouse user restore ${user.id}" restores it.`,
});

async function confirm(user: ManagedUser, restorableDays: number): Promise<void> {
  const question = `Delete ${nameOf(user)}? It can be restored for ${restorableDays} days. [y/N] `;
  const answer = await ask(question);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("Nothing was deleted.");
}
