import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { runStep, tests } from "./test-steps.ts";
import { describeSlowest, readReport, reporterFile, reportVariable } from "./vitest-report.ts";

const good = `test("a", () => {}); test("b", () => {}); test.skip("c", () => {}); test.todo("d");`;
const bad = `test("e", () => { throw new Error("e"); });`;
const unloadable = `test("f", () => {}); throw new Error("not loaded");`;
const hookFails = `beforeAll(() => { throw new Error("hook"); }); test("g", () => {});`;
const unhandled = `test("h", () => { Promise.reject(new Error("nobody waits")); });`;

test("passed, failed and skipped tests are counted, and each file is timed", async () => {
  const { counts, durations } = await reportOf({ good, bad });
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 2 });
  expect(durations.map(({ path }) => basename(path)).sort()).toEqual(["bad.test.js", "good.test.js"]);
  for (const { millis } of durations) expect(millis).toBeGreaterThan(0);
});

test("files that cannot be loaded, hooks that fail and uncaught errors count as failures", async () => {
  const { counts } = await reportOf({ good, unloadable, hookFails, unhandled });
  expect(counts).toMatchObject({ passed: 3, failed: 3 });
});

test("a run without tests or without a report counts as a failure", async () => {
  expect((await reportOf({})).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(readReport("/nowhere/report.json", true).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("the slowest files come first, up to the number asked for", () => {
  const durations = [
    { path: "a", millis: 900 },
    { path: "b", millis: 12_340 },
    { path: "c", millis: 40 },
  ];
  expect(describeSlowest(durations, 2)).toEqual(["   12.3 s  b", "    0.9 s  a"]);
});

/** Runs Vitest on these test files with the reporter of `npm test`, without the set-up of this repository. */
async function reportOf(files: Readonly<Record<string, string>>) {
  await using folder = await mkdtempDisposable(join(tmpdir(), "vitest-report-"));
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder.path, `${name}.test.js`), source);
  const report = join(folder.path, "report.json");
  const options = ["--root", folder.path, "--globals", `--reporter=${reporterFile}`];
  const { code } = await runStep([...tests.args, ...options], "keep", { [reportVariable]: report });
  return readReport(report, code === 0);
}
