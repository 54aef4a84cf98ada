import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { assertFree, nameOf } from "../../operator/account.ts";
import { parseInput } from "../../operator/refusal.ts";
import { assertGivable } from "../../operator/roles.ts";
import { withOperator } from "../../operator/scope.ts";
import { assertOneEntrance, chooseEntrance, describeLink } from "./entrance.ts";

/** `gatehouse user create [EMAIL]` */
export const createUser = defineCommand({
  name: "user create",
  summary: "creates an account, the first administrator's too",
  notes:
    "By default a mail invites its owner to choose a password. Where no mail is sent, it asks you for a password. The address counts as proven once the owner opens the link. For an account without an address it prints the link; REGISTRATION_IDENTIFIERS says whether there may be one.",
  args: { email: { summary: "address of the owner", isOptional: true } },
  options: {
    admin: { summary: "give the role admin, which may do everything" },
    role: { value: "role", summary: "give this role; may be repeated", isRepeated: true },
    username: { value: "name", summary: "another name to sign in with, or the only one" },
    phone: {
      value: "number",
      summary: "telephone number with its country code, instead of an address; you vouch that it is the owner's",
    },
    passwordStdin: { summary: "read a password from standard input; a terminal does not show it" },
    printLink: { summary: "print a link to choose a password, and send no mail; it is a secret" },
  },
  examples: [
    { args: "user create ada@example.com --admin", summary: "the first administrator of a new server" },
    {
      args: "user create ada@example.com --admin --password-stdin < password.txt",
      summary: "in a script, where no mail is sent",
    },
    { args: "user create grace@example.com --role support", summary: "invites somebody for the support desk" },
    { args: "user create --username linus", summary: "an account without an address; prints the link" },
  ],
  guide: "docs/guides/administration.md",
  async run({ email, admin, role = [], username, phone, ...options }) {
    assertOneEntrance(options);
    if (email === undefined && username === undefined && phone === undefined) {
      throw new MisuseError("Name the account: an address, --username or --phone.");
    }
    const { createUserInput } = await import("@gatehouse/server/operator");
    const user = parseInput(createUserInput, { email, username, phone });
    const roles = [...(admin ? ["admin"] : []), ...role];
    return await withOperator(async (scope) => {
      await assertGivable(scope, roles);
      await assertFree(scope, { email: user.email, roles });
      const entrance = await chooseEntrance(scope, { ...options, hasAddress: email !== undefined });
      const { services, deps } = scope;
      const created = await services.administration.createUserByOperator(deps, { user, roles, entrance });
      return { ...created, entrance: entrance.kind };
    });
  },
  describe({ user, link, entrance }) {
    const { length } = user.roles;
    const roles = length === 0 ? "" : `, with the ${length === 1 ? "role" : "roles"} ${user.roles.join(", ")}`;
    const next = {
      password: "The password works at once.",
      invitation: "A server or worker that runs mails the invitation, whose link works for seven days.",
      link: link === null ? "" : describeLink(link),
    };
    return `Created ${nameOf(user)}${roles}.\n${next[entrance]}`;
  },
});
