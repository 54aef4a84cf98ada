import {
  assertUsable,
  type Config,
  type Database,
  describeDatabase,
  loadConfig,
  migrateToLatest,
  openDatabase,
} from "@gatehouse/server/database";
import {
  ImportRunningError,
  type ImportState,
  importedFields,
  importStart,
  importUsers,
  openImport,
  operatorCall,
  restartImport,
  systemClock,
  systemRandom,
  tryImport,
} from "@gatehouse/server/import";
import { defineCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import type { ImportSource } from "../import/import-source.ts";
import { count, createProgressLine } from "../import/progress-line.ts";
import { assertApart, createRefusalReport } from "../import/refusal-report.ts";
import { importFormats, openSource } from "../import/source.ts";
import type { Output } from "../output.ts";

/** `gatehouse import FILE` */
export const importCommand = defineCommand({
  name: "import",
  summary: "adds the users of another system from a file, with their password hashes",
  notes: `An interrupted import continues when you run it again. Fields: ${importedFields.join(", ")}.`,
  args: { file: { summary: "one JSON object a line, or CSV whose first line names the fields", isPath: true } },
  options: {
    format: { value: "format", summary: "format of the file; default by its name", choices: importFormats },
    dryRun: { summary: "report what would be refused, and add nobody" },
    restart: { summary: "import the file from its beginning, even if it was imported before" },
    report: { value: "path", summary: "file that lists refused lines; default FILE.refused.ndjson", isPath: true },
  },
  examples: [
    { args: "import users.csv --dry-run", summary: "lists what would be refused, in users.csv.dry-run.refused.ndjson" },
    { args: "import users.csv", summary: "adds them; run it again if it was interrupted" },
  ],
  guide: "docs/guides/import-users.md",
  async run({ file: path, ...options }, output) {
    const source = await openSource(path, options.format);
    await assertApart(reportPathOf(path, options), path);
    return await withDatabase((deps) => importInto(deps, { path, source, options, output }));
  },
  describe: summarize,
  failureOf: ({ finishedAt, goOn }) => (finishedAt === null ? `Stopped before the end: ${goOn}.` : undefined),
});

interface ImportOptions {
  readonly dryRun: true | undefined;
  readonly restart: true | undefined;
  readonly report: string | undefined;
}

interface ImportInto {
  readonly config: Config;
  readonly db: Database;
}

async function withDatabase<T>(work: (deps: ImportInto) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const db = await openDatabase(config.database, (error) =>
    process.stderr.write(`A connection broke: ${error.message}\n`),
  );
  try {
    await assertUsable(db);
    await migrateToLatest(db);
    process.stderr.write(`Database: ${describeDatabase(config.database)}\n`);
    return await work({ config, db });
  } finally {
    await db.destroy();
  }
}

interface Task {
  readonly path: string;
  readonly source: ImportSource;
  readonly options: ImportOptions;
  readonly output: Output;
}

/** How far the import came, for people and programs. */
interface ImportOutcome extends Pick<ImportState, "imported" | "refused" | "finishedAt"> {
  readonly path: string;
  readonly reportPath: string;
  readonly isTrial: boolean;
  /** Whether the file had been imported before, so that nothing was done. */
  readonly wasDone: boolean;
  /** How to continue an import that was stopped. */
  readonly goOn: string;
}

async function importInto({ config, db }: ImportInto, { path, source, options, output }: Task): Promise<ImportOutcome> {
  const deps = { config, db, clock: systemClock, random: systemRandom, call: operatorCall };
  const isTrial = options.dryRun === true;
  const reportPath = reportPathOf(path, options);
  const outcomeOf = ({ imported, refused, finishedAt }: ImportState, wasDone: boolean): ImportOutcome => {
    return { path, reportPath, isTrial, wasDone, imported, refused, finishedAt, goOn: howToGoOn(options) };
  };
  if (options.restart && !isTrial) await restartImport(deps, source.digest);
  const state = isTrial ? importStart : await openImport(deps, source.digest);
  if (state.finishedAt !== null) return outcomeOf(state, true);
  if (state.nextByte > 0) output.say(`Continuing at line ${count(state.nextLine)}.`);

  const report = createRefusalReport(reportPath);
  const progress = createProgressLine(process.stderr, source.sizeBytes);
  const onProgress = (reached: ImportState) => progress.show(reached);
  const run = { records: source.read(state), report, onProgress, signal: stopOnSignals() };
  const result = await (isTrial ? tryImport(deps, run) : importUsers(deps, { digest: source.digest, from: state }, run))
    .catch(explainRunning)
    .finally(() => progress.end());
  return outcomeOf(result, false);
}

function reportPathOf(path: string, { report, dryRun }: ImportOptions): string {
  return report ?? `${path}${dryRun ? ".dry-run" : ""}.refused.ndjson`;
}

function howToGoOn({ dryRun, restart }: ImportOptions): string {
  if (dryRun) return "nothing was added, and a dry run always starts at the beginning";
  return `run the same command ${restart ? "without --restart " : ""}to continue`;
}

/** The first signal lets the current batch finish; a second one ends the process at once. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function explainRunning(error: unknown): never {
  if (!(error instanceof ImportRunningError)) throw error;
  throw new CommandError("Another process is importing this file.", { cause: error });
}

function summarize({ path, imported, refused, finishedAt, wasDone, isTrial, reportPath }: ImportOutcome): string {
  if (wasDone) {
    const when = finishedAt?.toISOString() ?? "";
    return `${path} was imported at ${when}: ${count(imported)} users, ${count(refused)} lines refused. Use --restart to import it again.`;
  }
  const verb = isTrial ? "Would import" : "Imported";
  const where = refused > 0 ? `; see ${reportPath} for the reasons` : "";
  return `${verb} ${count(imported)} users, refused ${count(refused)} lines${where}.`;
}
