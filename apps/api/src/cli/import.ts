import {
  assertUsable,
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
import { type Command, Option } from "commander";
import { CommandError } from "./command-error.ts";
import type { ImportSource } from "./import/import-source.ts";
import { count, createProgressLine } from "./import/progress-line.ts";
import { assertApart, createRefusalReport } from "./import/refusal-report.ts";
import { type ImportFormat, importFormats, openSource } from "./import/source.ts";

interface ImportOptions {
  readonly format?: ImportFormat;
  readonly dryRun?: true;
  readonly restart?: true;
  readonly report?: string;
}

/** Adds `gatehouse import FILE`, which imports users of another system with their password hashes. */
export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description("adds the users of another system from FILE; an interrupted import continues when you run it again")
    .argument("<file>", "one JSON object a line, or CSV whose first line names the fields")
    .addOption(new Option("--format <format>", "format of FILE; default by its file name").choices(importFormats))
    .option("--dry-run", "report what would be refused, and add nobody")
    .option("--restart", "import FILE from its beginning, even if it was imported before")
    .option("--report <path>", "file that lists refused lines; default FILE.refused.ndjson")
    .addHelpText("after", `\nFields: ${importedFields.join(", ")}.\nSee docs/guides/import-users.md.`)
    .action(runImport);
}

async function runImport(path: string, options: ImportOptions): Promise<void> {
  const source = await openSource(path, options.format);
  await assertApart(reportPathOf(path, options), path);
  const config = loadConfig().database;
  const db = await openDatabase(config, (error) => process.stderr.write(`A connection broke: ${error.message}\n`));
  try {
    await assertUsable(db);
    await migrateToLatest(db);
    process.stderr.write(`Database: ${describeDatabase(config)}\n`);
    await importInto(db, { path, source, options });
  } finally {
    await db.destroy();
  }
}

interface Task {
  readonly path: string;
  readonly source: ImportSource;
  readonly options: ImportOptions;
}

async function importInto(db: Database, { path, source, options }: Task): Promise<void> {
  const deps = { db, clock: systemClock, random: systemRandom, call: operatorCall };
  const isTrial = options.dryRun === true;
  if (options.restart && !isTrial) await restartImport(deps, source.digest);
  const state = isTrial ? importStart : await openImport(deps, source.digest);
  if (state.finishedAt !== null) return say(alreadyDone(path, state));
  if (state.nextByte > 0) say(`Continuing at line ${count(state.nextLine)}.`);

  const reportPath = reportPathOf(path, options);
  const report = createRefusalReport(reportPath);
  const progress = createProgressLine(process.stderr, source.sizeBytes);
  const onProgress = (reached: ImportState) => progress.show(reached);
  const run = { records: source.read(state), report, onProgress, signal: stopOnSignals() };
  const result = await (isTrial ? tryImport(deps, run) : importUsers(deps, { digest: source.digest, from: state }, run))
    .catch(explainRunning)
    .finally(() => progress.end());
  say(summarize(result, { isTrial, reportPath }));
  if (result.finishedAt === null) throw new CommandError(`Stopped before the end: ${howToGoOn(options)}.`);
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

function alreadyDone(path: string, { imported, refused, finishedAt }: ImportState): string {
  const when = finishedAt?.toISOString() ?? "";
  return `${path} was imported at ${when}: ${count(imported)} users, ${count(refused)} lines refused. Use --restart to import it again.`;
}

function summarize({ imported, refused }: ImportState, how: { isTrial: boolean; reportPath: string }): string {
  const verb = how.isTrial ? "Would import" : "Imported";
  const where = refused > 0 ? `; see ${how.reportPath} for the reasons` : "";
  return `${verb} ${count(imported)} users, refused ${count(refused)} lines${where}.`;
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
