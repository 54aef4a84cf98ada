import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../scripts/pinned-node.mjs";
import { installForProduction, productionSettings } from "../../../scripts/production-copy.ts";
import type { Options } from "../options.ts";
import { type StartCommand, type StartTime, startUntilReady } from "../processes/start-until-ready.ts";
import { median } from "../report/numbers.ts";
import { type Origin, originOf, originToMarkdown } from "../report/origin.ts";
import { openRun } from "./run.ts";

/** A start that is measured. */
interface MeasuredStart {
  readonly name: string;
  /** The median of its starts, at most. */
  readonly requiredSeconds: number;
  readonly command: StartCommand;
}

/** The report of a run with `--start`; `results/start.json` holds the last one that was published. */
interface StartReport extends Origin {
  readonly starts: readonly (Pick<MeasuredStart, "name" | "requiredSeconds"> & {
    readonly times: readonly StartTime[];
  })[];
}

/**
 * Measures `npm start` on this checkout and a start of a production install, in turn, each after one that sets it up: it migrates
 * the database and fills the cache of compiled code. Throws where a server does not start or the signal aborts.
 */
export async function runStart(options: Options, signal: AbortSignal): Promise<StartReport> {
  await using run = await openRun(signal);
  await using data = await mkdtempDisposable(join(tmpdir(), "gatehouse-start-"));
  await using installed = await mkdtempDisposable(join(tmpdir(), "gatehouse-production-"));
  console.log(`Installing: ${installForProduction(installed.path)}`);
  const measured = [npmStart(data.path), productionStart(installed.path, run.database.url)];
  const startedAt = new Date();
  const times = new Map(measured.map((start): [MeasuredStart, StartTime[]] => [start, []]));
  for (const { command } of measured) await startUntilReady(command, signal);
  for (let round = 1; round <= options.starts; round++) {
    for (const [{ name, command }, found] of times) {
      const time = await startUntilReady(command, signal);
      found.push(time);
      console.log(`${round}. ${name}: ${time.seconds.toFixed(2)} s`);
    }
  }
  const { serverVersion } = run.database;
  return {
    ...originOf({ startedAt, command: options.command, serverVersion }),
    starts: [...times].map(([{ name, requiredSeconds }, found]) => ({ name, requiredSeconds, times: found })),
  };
}

/** With data of its own, so that the run neither needs nor changes that of this checkout. */
function npmStart(dataFolder: string): MeasuredStart {
  const { PATH, HOME } = process.env;
  // Empty variables are unset, whatever .env says.
  const environment = { PATH, HOME, DATA_DIR: dataFolder, PORT: "0", DATABASE_URL: "", NODE_ENV: "", LOG_FORMAT: "" };
  const command = { folder: root, program: "npm", args: ["start"], environment };
  return { name: "`npm start` on a set-up clone", requiredSeconds: 2, command };
}

function productionStart(folder: string, databaseUrl: string): MeasuredStart {
  // As the README says.
  const compileCache = { NODE_COMPILE_CACHE: "node_modules/.cache/compiled" };
  const environment = { ...productionSettings(databaseUrl), ...compileCache, PORT: "0" };
  const command = { folder, program: process.execPath, args: ["apps/api/src/main.ts"], environment };
  return { name: "`node apps/api/src/main.ts` in production", requiredSeconds: 1, command };
}

/** The report as Markdown. */
export function startToMarkdown(report: StartReport): string {
  const rows = report.starts.map(({ name, requiredSeconds, times }) => {
    const seconds = times.map((time) => time.seconds);
    const cpuSeconds = times.map((time) => time.cpuSeconds).filter((time) => time !== null);
    const [lowest, highest] = [Math.min(...seconds), Math.max(...seconds)];
    return [
      `| ${name} | **${median(seconds).toFixed(2)}** | ≤ ${requiredSeconds}`,
      `${median(seconds) <= requiredSeconds ? "yes" : "no"} | ${lowest.toFixed(2)} – ${highest.toFixed(2)}`,
      `${cpuSeconds.length === 0 ? "" : median(cpuSeconds).toFixed(2)} |`,
    ].join(" | ");
  });
  const [{ times } = { times: [] }] = report.starts;
  return [
    originToMarkdown(report),
    "",
    `Seconds from the command to the line that says that the server is ready, the median of ${times.length} starts:`,
    "",
    "| start | seconds | required | reached | lowest – highest | CPU seconds |",
    "|---|--:|--:|---|--:|--:|",
    ...rows,
  ].join("\n");
}
