/** Returns rows below a heading, in indented columns, without trailing spaces. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_name, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

/** The characters of the longest line of a text. */
export function widthOf(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}
