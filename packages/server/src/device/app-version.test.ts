import { expect, test } from "vitest";
import { appVersionNumbers } from "./app-version.ts";

test.each([
  ["2.3.1", ["2", "3", "1"]],
  ["2.3", ["2", "3"]],
  ["2.3.0", ["2", "3"]],
  ["2.0.0", ["2"]],
  ["0.0", ["0"]],
  ["0.1", ["0", "1"]],
  ["007.010", ["7", "10"]],
  ["20261130123456.1", ["20261130123456", "1"]],
])("the version %s is the numbers %j", (version, numbers) => {
  expect(appVersionNumbers(version)).toEqual(numbers);
});

test.each([
  "",
  "v2",
  "2.3-beta",
  "2.",
  ".3",
  "2..3",
  "-1",
  "1e3",
  " 2",
  "2\n",
  "٢.٣",
  "1.2.3.4.5.6.7.8.9",
  "1".repeat(19),
])("the version %j is no numbers", (version) => {
  expect(appVersionNumbers(version)).toBeUndefined();
});
