// `pnpm docs:permissions` writes the file.
import { expect, test } from "vitest";
import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { callers, isAdmitted, requirementOf } from "../support/access.ts";
import { type ListedProcedure, listProcedures } from "../support/procedures.ts";
import { rolesOfNewServer } from "../support/roles.ts";

const introduction = `# Permissions

<!-- Generated from the procedures and the roles of a new server by \`pnpm docs:permissions\`. -->

What each call requires, and who may make it on a new server. A call requires nothing, a session, a
[recent proof](guides/step-up.md) of who the user is, or a permission. Roles give permissions; \`GET /v1/roles\` lists them, and
\`PUT /v1/users/{id}/roles\` gives roles to a user. A change holds at once on every instance. [Decision 037](decisions/037-permissions.md)
says why it is so.

- **Everybody has the role \`user\`.** What it allows is allowed to every account.
- **\`admin\` has every permission**, cannot be changed, and always has at least one active account.
- **Nobody gives more than they have**, and nobody changes the account of somebody who may do more than they may
  (\`FORBIDDEN\`).
- **An API key needs the scope**, and for a permission its owner needs that too, at each call. It gives and takes roles,
  permissions and memberships only as far as its scopes go. Where the column is empty, no key may call.

| role | permissions on a new server |
|---|---|
`;

const mark = (isAllowed: boolean) => (isAllowed ? "yes" : "");

function rowOf(procedure: ListedProcedure, roles: Awaited<ReturnType<typeof rolesOfNewServer>>): string {
  const { meta } = procedure;
  const address = meta.openapi === undefined ? "RPC only" : `\`${meta.openapi.method} ${meta.openapi.path}\``;
  const people = callers.filter((caller) => !caller.startsWith("key"));
  const admitted = people.map((caller) => mark(isAdmitted(procedure, caller, roles)));
  const scope = meta.scope === undefined ? "" : `\`${meta.scope}\``;
  return `| \`${procedure.procedure}\` | ${address} | ${requirementOf(procedure)} | ${admitted.join(" | ")} | ${scope} |`;
}

test("docs/permissions.md says who may make each call", async () => {
  const roles = await rolesOfNewServer();
  const procedures = listProcedures(createAppRouter({}));
  const permissions = Object.entries(roles).map(
    ([role, given]) => `| \`${role}\` | ${given.map((name) => `\`${name}\``).join(", ") || "none"} |`,
  );
  const page = [
    introduction + permissions.join("\n"),
    "\n## Calls\n",
    "| procedure | over REST | requires | nobody | user | support | admin | scope of a key |",
    "|---|---|---|---|---|---|---|---|",
    ...procedures.map((procedure) => rowOf(procedure, roles)),
    "",
  ].join("\n");
  await expect(page).toMatchFileSnapshot("../../docs/permissions.md");
});
