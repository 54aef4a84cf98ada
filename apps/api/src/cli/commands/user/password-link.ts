import { defineCommand } from "../../command.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";
import { describeLink } from "./entrance.ts";

/** `gatehouse user password-link USER` */
export const createPasswordLink = defineCommand({
  name: "user password-link",
  summary: "helps a user without an address back in, by a link to choose a password",
  notes:
    "The password ends and every session too. Make sure who asks before you hand the link out. The owner of an account with an address gets mail instead.",
  args: { user: accountArgument },
  examples: [{ args: "user password-link linus", summary: "prints the link, which is a secret" }],
  guide: "docs/guides/administration.md",
  run: ({ user: identifier }) =>
    withOperator(async (scope) => {
      const { id, email, username, phone } = await findChangeable(scope, identifier);
      const link = await scope.services.administration.createPasswordLink(scope.deps, scope.rights, id);
      return { user: { id, email, username, phone }, link };
    }),
  describe: ({ user, link }) => `Ended the password and the sessions of ${nameOf(user)}.\n${describeLink(link)}`,
});
