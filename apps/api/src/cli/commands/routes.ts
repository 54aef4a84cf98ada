import type { LimitDescription, RouteDescription } from "@gatehouse/server/operator";
import { routers } from "../../routers.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { formatTable, widthOf } from "../table.ts";

/** `gatehouse routes [FILTER]` */
export const listRoutes = defineCommand({
  name: "routes",
  summary: "lists every procedure: its REST address, who may call it, its scope and its limits",
  notes: "Limits are those of the current settings. The limit on all calls of an address holds besides.",
  args: {
    filter: { summary: "only those with this text in a column, such as users, POST or step-up", isOptional: true },
  },
  examples: [
    { args: "routes", summary: "all of them; each is also callable at /rpc/<procedure>" },
    { args: "routes anyone", summary: "those that need no sign-in" },
    { args: "routes --json", summary: "with the windows of the limits in seconds" },
  ],
  async run({ filter = "" }) {
    // The other commands need not load the whole server.
    const { createAppRouter, describeRoutes, loadConfig } = await import("@gatehouse/server/operator");
    const routes = describeRoutes(createAppRouter(routers), loadConfig().limits);
    const wanted = filter.toLowerCase();
    const found = routes.filter((route) => rowOf(route).some((cell) => cell.toLowerCase().includes(wanted)));
    if (found.length === 0) throw new CommandError(`No procedure has "${filter}" in a column. Try a shorter text.`);
    return found;
  },
  describe: (routes, columns) => format(routes.map(rowOf), columns),
});

const heading = ["procedure", "REST address", "caller", "API key's scope", "limits"] as const;

/** The cells of a procedure, in the order of the heading. */
type Row = readonly [procedure: string, address: string, caller: string, scope: string, limits: string];

function rowOf(route: RouteDescription): Row {
  const { procedure, type, rest, deprecation, scope, limits } = route;
  const address =
    rest === null ? `RPC only${type === "subscription" ? ", subscription" : ""}` : `${rest.method} ${rest.path}`;
  const note =
    deprecation === null
      ? ""
      : ` (deprecated${deprecation.sunset === undefined ? "" : `, until ${deprecation.sunset}`})`;
  return [procedure, `${address}${note}`, callerOf(route), scope ?? "", describeLimits(limits)];
}

function callerOf({ security, permission, needsStepUp }: RouteDescription): string {
  if (security === "none") return "anyone";
  if (security === "basic") return "HTTP Basic";
  const who = permission === null ? "user" : `user with ${permission}`;
  return needsStepUp ? `${who}, step-up` : who;
}

/** Writes as many columns as the terminal has room for; a narrow one gets the rest of a procedure in a second line. */
function format(rows: readonly Row[], columns = Number.POSITIVE_INFINITY): string {
  const table = formatTable(heading, rows);
  return widthOf(table) <= columns ? table : rows.map(inTwoLines).join("\n");
}

function inTwoLines([procedure, address, ...rest]: Row): string {
  return `${procedure}  ${address}\n    ${rest.filter((cell) => cell !== "").join(" · ")}`;
}

const windows: Readonly<Record<number, string>> = { 1: "s", 60: "min", 3600: "h", 86400: "day" };

/** Several limits are told apart by their names. */
function describeLimits(limits: readonly LimitDescription[]): string {
  if (limits.length === 1) return limits.map(describeLimit).join();
  return limits.map((limit) => `${describeLimit(limit)} (${limit.name})`).join(", ");
}

function describeLimit({ per, max, windowSeconds }: LimitDescription): string {
  const whose = per === "ip" ? "address" : per;
  return max === null
    ? `no limit per ${whose}`
    : `${max}/${windows[windowSeconds] ?? `${windowSeconds} s`} per ${whose}`;
}
