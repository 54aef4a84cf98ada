import { formatRatio } from "./numbers.ts";
import { originToMarkdown } from "./origin.ts";
import { type ContestantSummary, formatRequirement, isReached, type MeasureSummary, type Report } from "./summary.ts";

const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** The report as Markdown: its origin, and a table each of measures, of contestants and of other figures, if any. */
export function reportToMarkdown(report: Report): string {
  const rows = report.cases.flatMap(({ title, contestants }) =>
    contestants.map((contestant, index) => toRow(index === 0 ? title : "", contestant)),
  );
  return [
    originToMarkdown(report),
    "",
    "| measure | ratio | required | reached | lowest – highest | by CPU time |",
    "|---|--:|--:|---|--:|--:|",
    ...report.measures.map(toMeasureRow),
    "",
    "| case | contestant | calls/s | lowest – highest | ÷ floor | ÷ Argon2 | CPU µs/call | PostgreSQL's CPU µs/call |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
    ...rows,
    ...toNoteOnPostgres(report),
    ...toFigureTable(report),
  ].join("\n");
}

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

function toRow(title: string, contestant: ContestantSummary): string {
  const rates = contestant.rounds.map((round) => round.callsPerSecond);
  const cells = [
    title,
    contestant.title,
    whole.format(contestant.callsPerSecond),
    `${whole.format(Math.min(...rates))} – ${whole.format(Math.max(...rates))}`,
    contestant.ratioToFloor?.toFixed(2) ?? "",
    contestant.ratioToArgon2?.toFixed(2) ?? "",
    wholeOrNothing(contestant.cpuMicrosPerCall),
    wholeOrNothing(contestant.postgresCpuMicrosPerCall),
  ];
  return `| ${cells.join(" | ")} |`;
}

function wholeOrNothing(value: number | null): string {
  return value === null ? "" : whole.format(value);
}

/** A sentence in reports whose last column is empty. */
function toNoteOnPostgres({ cases }: Report): readonly string[] {
  const contestants = cases.flatMap((summary) => summary.contestants);
  if (contestants.some(({ postgresCpuMicrosPerCall }) => postgresCpuMicrosPerCall !== null)) return [];
  return ["", "PostgreSQL's processor time is not known: the run did not start it, or the system has no `/proc`."];
}

function toMeasureRow(measure: MeasureSummary): string {
  const { title, ratio, lowest, highest, cpuRatio } = measure;
  const reached = isReached(measure);
  const cells = [
    title,
    `**${formatRatio(ratio)}**`,
    formatRequirement(measure),
    reached === undefined ? "" : reached ? "yes" : "no",
    `${formatRatio(lowest)} – ${formatRatio(highest)}`,
    cpuRatio === null ? "" : formatRatio(cpuRatio),
  ];
  return `| ${cells.join(" | ")} |`;
}
