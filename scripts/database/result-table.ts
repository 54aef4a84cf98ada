// Shows what a statement answered with, for people.
import type { SqlResult } from "../../packages/server/src/database/tooling.ts";

const maxShownBytes = 16;

/** A table with a line of names and a line for each row, and below it how many there are. */
export function describeResult({ rows, affectedRows }: SqlResult): string {
  if (rows[0] === undefined) {
    return affectedRows === undefined || affectedRows === 0n ? "OK, no rows" : `${counted(affectedRows)} affected`;
  }
  return `${describeRows(Object.keys(rows[0]), rows)}\n(${counted(rows.length)})`;
}

function describeRows(names: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const lines = [names, ...rows.map((row) => names.map((name) => describeValue(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const [header, ...body] = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" │ ")
      .trimEnd(),
  );
  return [header, widths.map((width) => "─".repeat(width)).join("─┼─"), ...body].join("\n");
}

function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return describeBytes(value);
  return harmless(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function describeBytes(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, maxShownBytes)).toString("hex");
  return bytes.length > maxShownBytes ? `\\x${shown}… (${bytes.length} bytes)` : `\\x${shown}`;
}

/** A user agent or a name comes from anybody, and could hold sequences that a terminal obeys. */
function harmless(text: string): string {
  const escaped = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, escaped);
}

function counted(rows: number | bigint): string {
  return `${rows} ${Number(rows) === 1 ? "row" : "rows"}`;
}
