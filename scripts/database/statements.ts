// Finds the ends of SQL statements in typed text.

/** Whole statements, and what follows the last of them. */
export interface SplitSql {
  readonly statements: readonly string[];
  /** A statement without its semicolon yet; empty if none was begun. */
  readonly rest: string;
}

/** A quotation or comment, in which a semicolon has no meaning; the last four alternatives match unfinished ones. */
const opaque = new RegExp(
  [
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$/,
    /--[^\n]*/,
    /\/\*[\s\S]*?\*\//,
    /['"][\s\S]*$/,
    /\$\w*\$[\s\S]*$/,
    /\/\*[\s\S]*$/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
);

/** Splits at semicolons, except in quotations, dollar quotations and comments. */
export function splitStatements(text: string): SplitSql {
  const statements: string[] = [];
  let start = 0;
  let position = 0;
  while (position < text.length) {
    opaque.lastIndex = position;
    const [skipped] = opaque.exec(text) ?? [];
    if (skipped === undefined && text[position] === ";") {
      statements.push(text.slice(start, position).trim());
      start = position + 1;
    }
    position += skipped?.length ?? 1;
  }
  return { statements: statements.filter((statement) => statement !== ""), rest: text.slice(start).trim() };
}
