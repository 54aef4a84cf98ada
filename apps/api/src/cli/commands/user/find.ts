import type { ManagedUser, OperatorScope } from "@gatehouse/server/operator";
import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { stateOf } from "../../operator/account.ts";
import { parseInput } from "../../operator/refusal.ts";
import { withOperator } from "../../operator/scope.ts";
import { formatTable, widthOf } from "../../table.ts";
import { inOneLine, toSecond } from "../../text.ts";

const mostUsers = 1000;
const pageSize = 100;

/** `gatehouse user find [TEXT]` */
export const findUsers = defineCommand({
  name: "user find",
  summary: "lists accounts, those created last first",
  notes: "Deleted accounts are listed only with --status deleted.",
  args: {
    text: {
      summary: "a part of the address, username, names or telephone number, or the whole id; default all",
      isOptional: true,
    },
  },
  options: {
    status: {
      value: "status",
      summary: "only those in this state",
      choices: ["active", "deactivated", "disabled", "deleted"],
    },
    role: { value: "role", summary: "only those who were given this role" },
    limit: {
      value: "count",
      summary: `the most accounts to list, 1 to ${mostUsers}`,
      default: "50",
      parse: parseLimit,
    },
  },
  examples: [
    {
      args: "user find ada",
      summary: "a line for each: its id, address or number, username, state, roles and creation",
    },
    { args: "user find --role admin", summary: "the administrators" },
    { args: "user find --status disabled --json", summary: "with the reasons, for programs" },
  ],
  guide: "docs/guides/administration.md",
  async run({ text: search, status, role, limit }) {
    const { listUsersInput } = await import("@gatehouse/server/operator");
    const wanted = parseInput(listUsersInput, { search, status, role });
    return await withOperator((scope) => listUpTo(scope, limit, wanted));
  },
  describe: ({ users, mayBeMore }, columns) =>
    [
      format(users, columns),
      ...(mayBeMore ? [`There are more: --limit ${Math.min(2 * users.length, mostUsers)}`] : []),
    ].join("\n"),
});

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostUsers) return limit;
  throw new MisuseError(`--limit takes a whole number from 1 to ${mostUsers}, not "${text}".`);
}

type ListUsers = OperatorScope["services"]["administration"]["listUsers"];

async function listUpTo({ deps, services }: OperatorScope, most: number, wanted: Parameters<ListUsers>[1]) {
  const users: ManagedUser[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(pageSize, most - users.length);
    const page = await services.administration.listUsers(deps, { ...wanted, limit, cursor });
    users.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && users.length < most);
  return { users, mayBeMore: cursor !== undefined && most < mostUsers };
}

const heading = ["id", "address", "username", "status", "roles", "created"];

/** Writes a table, or where the terminal is narrower, an account in two lines. */
function format(users: readonly ManagedUser[], columns = Number.POSITIVE_INFINITY): string {
  if (users.length === 0) return "No account was found.";
  const rows = users.map(rowOf);
  const table = formatTable(heading, rows);
  return widthOf(table) <= columns ? table : rows.map(inTwoLines).join("\n");
}

function rowOf(user: ManagedUser): readonly string[] {
  const { id, email, username, phone, roles, createdAt } = user;
  const address = email ?? phone ?? "";
  return [id, address, username ?? "", stateOf(user), roles.join(" "), toSecond(createdAt)].map(inOneLine);
}

function inTwoLines([id = "", address = "", ...rest]: readonly string[]): string {
  const [first, ...others] = [address, ...rest].filter((cell) => cell !== "");
  return `${first}  ${others.join(" · ")}\n    ${id}`;
}
