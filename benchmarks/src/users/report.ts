import { median } from "../report/numbers.ts";
import { type Origin, originToMarkdown } from "../report/origin.ts";
import type { OperationTimes, SizeReport } from "./administration.ts";
import type { AuditCost } from "./audit.ts";
import type { PersonMemory } from "./memory/measure.ts";
import type { RoleTimes } from "./roles.ts";

/** The report of a run; `results/users.json` holds the last one that was published. */
export interface UsersReport extends Origin {
  readonly settings: object;
  readonly sizes: readonly SizeReport[];
  readonly roles: RoleTimes;
  readonly audit: readonly AuditCost[];
  readonly memory: readonly PersonMemory[];
}

const required = {
  searchMillis: 50,
  roleMillis: 1000,
  /** Of the time of a call. */
  auditShare: 0.1,
  memoryRatio: 1.2,
};

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const millis = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** The report as Markdown: its origin, the measures, and a table of each part. */
export function usersToMarkdown(report: UsersReport): string {
  return [
    originToMarkdown(report),
    "",
    "| measure | value | required | reached |",
    "|---|--:|--:|---|",
    ...measures(report).map(toMeasureRow),
    "",
    "| call | accounts | p50 | p99 | by hand p50 | by hand p99 | ratio of p50 | growth |",
    "|---|--:|--:|--:|--:|--:|--:|--:|",
    ...operationRows(report.sizes),
    "",
    `| change of roles on another instance, ${report.roles.changes} changes | p50 | p99 |`,
    "|---|--:|--:|",
    ...roleRows(report.roles),
    "",
    "| call | events | calls/s with | without | cost | lowest – highest | by CPU time |",
    "|---|--:|--:|--:|--:|--:|--:|",
    ...report.audit.map(toAuditRow),
    "",
    "| a user with | work | MiB at most | each round | seconds |",
    "|---|---|--:|---|--:|",
    ...report.memory.flatMap(memoryRows),
  ].join("\n");
}

interface UsersMeasure {
  readonly title: string;
  readonly value: string;
  readonly requirement: string;
  readonly isReached: boolean;
}

function toMeasureRow({ title, value, requirement, isReached }: UsersMeasure): string {
  return `| ${title} | **${value}** | ${requirement} | ${isReached ? "yes" : "no"} |`;
}

function measures({ sizes, roles, audit, memory }: UsersReport): readonly UsersMeasure[] {
  return [
    ...sizes.slice(-1).flatMap(searchMeasures),
    {
      title: "a change of roles, from its answer until another instance answers by it, p99",
      value: `${millis(roles.sinceAnswered.p99)} ms`,
      requirement: `< ${required.roleMillis} ms`,
      isReached: roles.sinceAnswered.p99 < required.roleMillis,
    },
    ...audit.map(({ action, cost }) => ({
      title: `the audit log's cost of \`auth.${action}\``,
      value: percent(cost),
      requirement: `≤ ${percent(required.auditShare)}`,
      isReached: cost <= required.auditShare,
    })),
    ...memoryMeasures(memory),
  ];
}

function searchMeasures({ accounts, operations }: SizeReport): readonly UsersMeasure[] {
  const searches = operations.filter(({ isSearch }) => isSearch);
  return (["p50", "p99"] as const).map((percentile) => {
    const [slowest] = searches.toSorted((a, b) => b.server[percentile] - a.server[percentile]);
    const value = slowest?.server[percentile] ?? Number.NaN;
    return {
      title: `the slowest search of ${whole.format(accounts)} accounts (${slowest?.title}), ${percentile}`,
      value: `${millis(value)} ms`,
      requirement: `< ${required.searchMillis} ms`,
      isReached: value < required.searchMillis,
    };
  });
}

function memoryMeasures([short, long]: readonly PersonMemory[]): readonly UsersMeasure[] {
  if (short === undefined || long === undefined) return [];
  return (["export", "erase"] as const).map((work) => {
    const ratio = median(long[`${work}PeakMib`]) / median(short[`${work}PeakMib`]);
    const title = work === "export" ? "export of a user" : "erasure of a user";
    return {
      title: `${title}: most memory with ${whole.format(long.events)} events ÷ with ${whole.format(short.events)}`,
      value: ratio.toFixed(2),
      requirement: `≤ ${required.memoryRatio.toFixed(2)}`,
      isReached: ratio <= required.memoryRatio,
    };
  });
}

/** Operation by operation, each at every size. */
function operationRows(sizes: readonly SizeReport[]): readonly string[] {
  const [smallest] = sizes;
  return (smallest?.operations ?? []).flatMap((first, place) =>
    sizes.map(({ accounts, operations }, size) => {
      const times = operations[place];
      const label = size === 0 ? first.title : "";
      return `| ${[label, whole.format(accounts), ...timeCells(first, times)].join(" | ")} |`;
    }),
  );
}

function timeCells(first: OperationTimes, times: OperationTimes | undefined): readonly string[] {
  if (times === undefined) return [];
  const { server, byHand } = times;
  return [
    ...[server.p50, server.p99, byHand.p50, byHand.p99].map(millis),
    (server.p50 / byHand.p50).toFixed(2),
    (server.p50 / first.server.p50).toFixed(2),
  ];
}

function roleRows({ sinceSent, sinceAnswered }: RoleTimes): readonly string[] {
  const row = (title: string, { p50, p99 }: RoleTimes["sinceSent"]) => `| ${title} | ${millis(p50)} | ${millis(p99)} |`;
  return [row("ms since it was sent", sinceSent), row("ms since it was answered", sinceAnswered)];
}

function toAuditRow({ action, events, callsPerSecond, cost, lowest, highest, cpuCost }: AuditCost): string {
  const cells = [
    `\`auth.${action}\``,
    String(events),
    whole.format(callsPerSecond.audited),
    whole.format(callsPerSecond.unaudited),
    percent(cost),
    `${percent(lowest)} – ${percent(highest)}`,
    cpuCost === null ? "" : percent(cpuCost),
  ];
  return `| ${cells.join(" | ")} |`;
}

function memoryRows(memory: PersonMemory): readonly string[] {
  const { events, sessions, exportMib, exportPeakMib, erasePeakMib, exportSeconds, eraseSeconds } = memory;
  const cells = (peaks: readonly number[], seconds: number) =>
    [median(peaks).toFixed(1), peaks.map((peak) => whole.format(peak)).join(", "), seconds.toFixed(1)].join(" | ");
  const who = `${whole.format(events)} events, ${whole.format(sessions)} sessions`;
  return [
    `| ${who} | export of ${exportMib} MiB | ${cells(exportPeakMib, exportSeconds)} |`,
    `|  | erasure | ${cells(erasePeakMib, eraseSeconds)} |`,
  ];
}
