import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readVitestCounts } from "./vitest-counts.ts";

const loaded = { status: "passed", assertionResults: [{}] };
const notLoaded = { status: "failed", assertionResults: [] };
const allPassed = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [loaded],
};

test("passed, failed and skipped tests are counted", () => {
  expect(countsOf(allPassed, true)).toEqual({ passed: 3, failed: 0, skipped: 2 });
});

test("a file that could not be loaded is a failure beside the failed tests", () => {
  const report = { ...allPassed, numFailedTests: 1, testResults: [loaded, notLoaded] };
  expect(countsOf(report, false)).toMatchObject({ failed: 2 });
});

test("a run that failed without a failed test is a failure", () => {
  expect(countsOf(allPassed, false)).toMatchObject({ passed: 3, failed: 1 });
});

test("a run that left no report is a failure", () => {
  expect(readVitestCounts("/nowhere/report.json", true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

function countsOf(report: object, exitedWell: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "vitest-counts-"));
  try {
    const file = join(folder, "report.json");
    writeFileSync(file, JSON.stringify(report));
    return readVitestCounts(file, exitedWell);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
