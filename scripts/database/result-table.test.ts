import { expect, test } from "vitest";
import { describeResult } from "./result-table.ts";

const ofRows = (...rows: Record<string, unknown>[]) => describeResult({ rows, affectedRows: undefined });

test("rows are shown as a table below the names of the columns, with their number", () => {
  expect(ofRows({ id: "1", email: "ada@example.com" }, { id: "10", email: null })).toBe(
    ["id │ email", "───┼────────────────", "1  │ ada@example.com", "10 │ null", "(2 rows)"].join("\n"),
  );
});

test("moments, bytes and lists are shown as PostgreSQL writes or JSON does", () => {
  const at = new Date("2024-02-29T12:34:56.789Z");
  expect(ofRows({ at, roles: ["admin"], few: Uint8Array.of(0, 255), many: new Uint8Array(32) })).toContain(
    `2024-02-29T12:34:56.789Z │ ["admin"] │ \\x00ff │ \\x${"00".repeat(16)}… (32 bytes)`,
  );
});

test("a value cannot give orders to the terminal", () => {
  const shown = ofRows({ agent: "\u001b[2Jgone\n\u202eevil\u009b" });
  expect(shown).toContain("\\u001b[2Jgone\\u000a\\u202eevil\\u009b");
});

test("a statement without rows says how many it changed", () => {
  expect(describeResult({ rows: [], affectedRows: 1n })).toBe("1 row affected");
  expect(describeResult({ rows: [], affectedRows: 3n })).toBe("3 rows affected");
  expect(describeResult({ rows: [], affectedRows: undefined })).toBe("OK, no rows");
});
