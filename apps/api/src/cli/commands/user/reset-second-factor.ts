import { defineCommand } from "../../command.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { withOperator } from "../../operator/scope.ts";
import { toSecond } from "../../text.ts";

/** `gatehouse user reset-second-factor USER` */
export const resetSecondFactor = defineCommand({
  name: "user reset-second-factor",
  summary: "lets the second factors of a user who lost them end, after MFA_RESET_DELAY_HOURS",
  notes: "The owner is told by mail. A sign-in with a second factor or a recovery code stops it, and so does --cancel.",
  args: { user: accountArgument },
  options: { cancel: { summary: "stops a reset that is pending" } },
  examples: [
    {
      args: "user reset-second-factor ada@example.com",
      summary: "a server or worker that runs does it when it is due",
    },
    { args: "user reset-second-factor ada@example.com --cancel", summary: "when the user has found the telephone" },
  ],
  guide: "docs/guides/second-factors.md",
  run: ({ user: identifier, cancel }) =>
    withOperator(async (scope) => {
      const { id, email, username, phone } = await findChangeable(scope, identifier);
      const { cancelFactorReset, resetSecondFactors } = scope.services.administration;
      const account = { id, email, username, phone };
      if (cancel !== true) return { ...account, ...(await resetSecondFactors(scope.deps, scope.rights, id)) };
      await cancelFactorReset(scope.deps, scope.rights, id);
      return { ...account, resetAt: null };
    }),
  describe: ({ resetAt, ...user }) =>
    resetAt === null
      ? `Stopped the reset of the second factors of ${nameOf(user)}.`
      : `The second factors of ${nameOf(user)} end at ${toSecond(resetAt)}.`,
});
