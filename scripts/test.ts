// Runs the checks of test-steps.ts, then the tests, and ends with the sum of their counts. With `--only=lint` it runs that
// step; with texts such as `sessions`, only the test files whose path contains one of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArguments, runCommand, UsageError } from "./options.ts";
import { rows, runStep, type Step, tests } from "./test-steps.ts";
import { type Counts, describeSlowest, readReport, reporterFile, reportVariable } from "./vitest-report.ts";

/** The number of slowest test files to list. */
const slowestFiles = 10;

const all = [...rows.flat(), tests];
const names = all.map(({ name }) => name).join(", ");

await runCommand(main);

async function main(): Promise<number> {
  const { selected, filters } = readSelection();
  if (selected.includes(tests)) await reportUnreachable();
  const checked = await Promise.all(rows.map((row) => runChecks(row.filter((step) => selected.includes(step)))));
  const tested = selected.includes(tests) ? [await runTests(tests, filters)] : [];
  return await reportSum([...checked.flat(), ...tested]);
}

/** One after the other. */
async function runChecks(steps: readonly Step[]): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const step of steps) counts.push(await runCheck(step));
  return counts;
}

/** The steps to run, and the texts that the paths of the test files must contain. */
function readSelection(): { selected: readonly Step[]; filters: readonly string[] } {
  const { values, operands } = readArguments({
    command: "npm test --",
    options: { only: { type: "string" } },
    operands: "texts of the paths of test files",
  });
  if (values.only === undefined) return { selected: operands.length > 0 ? [tests] : all, filters: operands };
  const step = all.find(({ name }) => name === values.only);
  if (step === undefined) throw new UsageError(`There is no step "${values.only}", only ${names}.`);
  if (operands.length > 0 && step !== tests)
    throw new UsageError(`Only the step vitest takes a text, "${operands[0]}".`);
  return { selected: [step], filters: operands };
}

/** Prints nothing when the step passes, and its whole output when it fails. */
async function runCheck(step: Step): Promise<Counts> {
  const started = performance.now();
  const { code, output } = await runStep(step.args, "keep");
  const passed = code === 0;
  const details = passed ? [] : [output.replaceAll(/^/gm, "  ")];
  await print([describeStep(step, passed, started), ...details].join("\n"));
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

async function runTests(step: Step, filters: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-tests-"));
  const report = join(folder, "report.json");
  const started = performance.now();
  const args = [...step.args, ...filters, "--reporter=default", `--reporter=${reporterFile}`];
  const { code } = await runStep(args, "show", { [reportVariable]: report });
  const { counts, durations } = readReport(report, code === 0);
  rmSync(folder, { recursive: true });
  await print(describeStep(step, counts.failed === 0, started));
  await print(
    ["  The slowest test files, with their imports:", ...describeSlowest(durations, slowestFiles)].join("\n"),
  );
  return counts;
}

function describeStep(step: Step, passed: boolean, started: number): string {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return `${passed ? "✓" : "✗"} ${step.name.padEnd(18)} ${seconds} s`;
}

/** Prints the parts that this machine cannot test completely. */
async function reportUnreachable(): Promise<void> {
  if (!process.env["TEST_DATABASE_URL"]) {
    await print("TEST_DATABASE_URL is not set: the tests start a PostgreSQL server of their own.");
  }
  if (!process.env["REDIS_URL"]) await print("REDIS_URL is not set: what needs Redis is not tested.");
}

/** Returns the exit code. */
async function reportSum(counts: readonly Counts[]): Promise<number> {
  const sum = (key: keyof Counts) => counts.reduce((total, one) => total + one[key], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  await print(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  return sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
}

/** Waits until the line is written, so that a slow reader sees it before the output of the next step. */
function print(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
