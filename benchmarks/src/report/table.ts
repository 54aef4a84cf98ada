import type { MeasureSummary } from "./measures.ts";
import type { ContestantSummary, Report } from "./report.ts";

type Origin = Pick<Report, "command" | "startedAt" | "machine" | "versions">;

const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** The figures as Markdown: where and how they were measured, what had to be reached, and what everybody did. */
export function toMarkdown(report: Report): string {
  const rows = report.cases.flatMap(({ title, contestants }) =>
    contestants.map((contestant, index) => toRow(index === 0 ? title : "", contestant)),
  );
  return [
    describe(report),
    "",
    "| measure | ratio | required | reached | lowest – highest | by CPU time |",
    "|---|--:|--:|---|--:|--:|",
    ...report.measures.map(toMeasureRow),
    "",
    "| case | contestant | calls/s | lowest – highest | ÷ floor | ÷ Argon2 | CPU µs/call |",
    "|---|---|--:|--:|--:|--:|--:|",
    ...rows,
    ...toFigureTable(report),
  ].join("\n");
}

/** What was seen besides calls and their cost, where there was something. */
function toFigureTable({ cases }: Report): readonly string[] {
  const rows = cases.flatMap(({ title, contestants }) =>
    contestants.flatMap((contestant) =>
      Object.entries(contestant.figures).map(
        ([name, value]) => `| ${[title, contestant.title, name, short.format(value)].join(" | ")} |`,
      ),
    ),
  );
  return rows.length === 0 ? [] : ["", "| case | contestant | seen besides | median |", "|---|---|---|--:|", ...rows];
}

/** How, when and on what a run was made. */
export function describe({ command, startedAt, machine, versions }: Origin): string {
  const installed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `\`${command}\`, ${startedAt.slice(0, 10)}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}.`,
    `${installed.join(", ")}.`,
  ].join("  \n");
}

function toRow(title: string, contestant: ContestantSummary): string {
  const rates = contestant.rounds.map((round) => round.callsPerSecond);
  const cells = [
    title,
    contestant.title,
    whole.format(contestant.callsPerSecond),
    `${whole.format(Math.min(...rates))} – ${whole.format(Math.max(...rates))}`,
    contestant.ratioToFloor?.toFixed(2) ?? "",
    contestant.ratioToArgon2?.toFixed(2) ?? "",
    contestant.cpuMicrosPerCall === null ? "" : whole.format(contestant.cpuMicrosPerCall),
  ];
  return `| ${cells.join(" | ")} |`;
}

function toMeasureRow({ title, ratio, required, lowest, highest, cpuRatio }: MeasureSummary): string {
  const cells = [
    title,
    `**${ratio.toFixed(2)}**`,
    required === null ? "" : `≥ ${required.toFixed(2)}`,
    verdict(ratio, required),
    `${lowest.toFixed(2)} – ${highest.toFixed(2)}`,
    cpuRatio?.toFixed(2) ?? "",
  ];
  return `| ${cells.join(" | ")} |`;
}

function verdict(ratio: number, required: number | null): string {
  if (required === null) return "";
  return ratio >= required ? "yes" : "no";
}
