// A Vitest reporter that writes the counts and times of a run for `npm test`, so that every failure is in the sum.
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import { root } from "./pinned-node.mjs";

/** The numbers of passed, failed and skipped tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test file, and its time including imports and set-up. */
interface FileDuration {
  readonly path: string;
  readonly millis: number;
}

/** The content of the reporter's file. */
interface Report {
  readonly counts: Counts;
  readonly durations: readonly FileDuration[];
}

/** For Vitest's option `--reporter`. */
export const reporterFile = import.meta.filename;

/** The environment variable that names the file. */
export const reportVariable = "GATEHOUSE_VITEST_REPORT";

/** Writes the report at the end of the run. */
export default class ReportFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[reportVariable];
    if (file === undefined) throw new Error(`${reportVariable} names no file`);
    const report: Report = { counts: countTests(modules, unhandled.length), durations: modules.map(measure) };
    writeFileSync(file, JSON.stringify(report));
  }
}

/**
 * The counts of a run. A test file that could not be loaded, or whose hooks failed, is one failure, and so is an error that
 * no test caught.
 */
function countTests(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const tests = modules.flatMap(({ children }) => [...children.allTests()].map((test) => test.result().state));
  const count = (...states: readonly string[]) => tests.filter((state) => states.includes(state)).length;
  const brokenFiles = modules.filter(
    (module) => module.state() === "failed" && [...module.children.allTests("failed")].length === 0,
  );
  return {
    passed: count("passed"),
    failed: count("failed") + brokenFiles.length + unhandledErrors,
    skipped: count("skipped", "pending"),
  };
}

const noReport: Report = { counts: { passed: 0, failed: 1, skipped: 0 }, durations: [] };

/** Reads the report at `file`. A run that failed or wrote no report counts as a failure, even if no test failed. */
export function readReport(file: string, exitedWell: boolean): Report {
  const { counts, durations } = parse(file) ?? noReport;
  return { counts: { ...counts, failed: exitedWell ? counts.failed : Math.max(counts.failed, 1) }, durations };
}

/** The slowest files, slowest first, with a line for each. */
export function describeSlowest(durations: readonly FileDuration[], howMany: number): readonly string[] {
  return durations
    .toSorted((a, b) => b.millis - a.millis)
    .slice(0, howMany)
    .map(({ path, millis }) => `${(millis / 1000).toFixed(1).padStart(7)} s  ${path}`);
}

function measure(module: TestModule): FileDuration {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
  const millis = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
  return { path: relative(root, module.moduleId), millis };
}

function parse(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
