import type { Machine } from "./machine.ts";
import { describe } from "./table.ts";

/** What the calls of a long run left in memory; `results/memory.json` holds the last one. */
export interface MemoryReport {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly callsPerStep: number;
  /** Resident memory of the server after each step. */
  readonly residentBytes: readonly number[];
}

/** After the last step ÷ after the first. */
const requiredRatio = 1.05;

const whole = new Intl.NumberFormat("en");

/** The figures as Markdown. */
export function memoryToMarkdown(report: MemoryReport): string {
  const { residentBytes, callsPerStep } = report;
  const [first = Number.NaN] = residentBytes;
  const last = residentBytes.at(-1) ?? Number.NaN;
  const rows = residentBytes.map((bytes, step) => {
    const cells = [whole.format((step + 1) * callsPerStep), (bytes / 2 ** 20).toFixed(1), (bytes / first).toFixed(3)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    describe(report),
    "",
    `Resident memory after ${whole.format(residentBytes.length * callsPerStep)} calls of \`user.me\` ÷ after ` +
      `${whole.format(callsPerStep)}: **${(last / first).toFixed(3)}**, required at most ${requiredRatio}.`,
    "",
    "| calls | MiB | ÷ first |",
    "|--:|--:|--:|",
    ...rows,
  ].join("\n");
}
