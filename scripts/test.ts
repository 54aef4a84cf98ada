// Runs the steps of test-steps.ts one after the other, all of them, and closes with the sum of what passed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runStep } from "./run-step.ts";
import { type Step, steps, tests } from "./test-steps.ts";
import { type Counts, readVitestCounts } from "./vitest-counts.ts";

const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const selected = [...steps, tests].filter((step) => only === undefined || only === step.name);

await reportUnreachable();
if (selected.length === 0) await print(`There is no step "${only}".`);
const counts: Counts[] = [];
for (const step of selected) counts.push(await (step === tests ? runTests(step) : runCheck(step)));
await reportSum(counts);

/** Quiet when it passes; everything it said when it fails. */
async function runCheck(step: Step): Promise<Counts> {
  const started = performance.now();
  const { passed, output } = await runStep(step.args, "keep");
  await reportStep(step, passed, started);
  if (!passed) await print(output.replaceAll(/^/gm, "  "));
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

async function runTests(step: Step): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-tests-"));
  const report = join(folder, "report.json");
  const started = performance.now();
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
  const { passed } = await runStep([...step.args, ...reporters], "show");
  const counted = readVitestCounts(report, passed);
  rmSync(folder, { recursive: true });
  await reportStep(step, counted.failed === 0, started);
  return counted;
}

async function reportStep(step: Step, passed: boolean, started: number): Promise<void> {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  await print(`${passed ? "✓" : "✗"} ${step.name.padEnd(18)} ${seconds} s`);
}

/** Says what this run cannot cover as well as another machine could. */
async function reportUnreachable(): Promise<void> {
  if (!process.env["TEST_DATABASE_URL"]) {
    await print("TEST_DATABASE_URL is not set: the tests start a PostgreSQL server of their own.");
  }
  if (!process.env["REDIS_URL"]) await print("REDIS_URL is not set: what needs Redis is not tested.");
}

async function reportSum(all: readonly Counts[]): Promise<void> {
  const sum = (key: keyof Counts) => all.reduce((total, one) => total + one[key], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
  await print(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
}

/** Waits until the line is out: a slow reader must not see it after what the next step writes itself. */
function print(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
