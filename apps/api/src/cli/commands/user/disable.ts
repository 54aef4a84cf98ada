import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { accountArgument, findChangeable, nameOf } from "../../operator/account.ts";
import { parseInput } from "../../operator/refusal.ts";
import { withOperator } from "../../operator/scope.ts";
import { toSecond } from "../../text.ts";

/** `gatehouse user disable USER --reason REASON` */
export const disableUser = defineCommand({
  name: "user disable",
  summary: "ends a user's sessions at once, and refuses sign-ins and API keys",
  notes: "A disabled account gets the new reason and time.",
  args: { user: accountArgument },
  options: {
    reason: { value: "reason", summary: "why, for operators; the user is not told (required)" },
    until: { value: "time", summary: "when it is enabled again, in ISO 8601; default when you enable it" },
  },
  examples: [
    { args: 'user disable ada@example.com --reason "Chargeback 4711"', summary: "until you enable it" },
    {
      args: 'user disable ada@example.com --reason "Spam" --until 2030-01-31T12:00:00Z',
      summary: "a server or worker that runs enables it then",
    },
  ],
  guide: "docs/guides/administration.md",
  async run({ user: identifier, reason, until }) {
    if (reason === undefined) throw new MisuseError('Say why: --reason "Chargeback 4711".');
    const { disableUserInput } = await import("@gatehouse/server/operator");
    const disabling = parseInput(disableUserInput.omit({ id: true }), { reason, until });
    return await withOperator(async (scope) => {
      const { id } = await findChangeable(scope, identifier);
      return await scope.services.administration.disableUser(scope.deps, scope.rights, { id, ...disabling });
    });
  },
  describe: (user) => `Disabled ${nameOf(user)}${user.disabledUntil ? ` until ${toSecond(user.disabledUntil)}` : ""}.`,
});
