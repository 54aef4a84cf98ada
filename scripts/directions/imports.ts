// Reads the imports of source files, and their uses of the environment.
import { posix } from "node:path";

/** Source texts by their path from the root of the repository, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

/** One import, or one use of the environment. */
export interface Import {
  readonly path: string;
  readonly line: number;
  /** The specifier as written; `process.env` for a use of the environment. */
  readonly specifier: string;
  /** Erased at run time. */
  readonly isType: boolean;
  /** The imported names that exist at run time, as the imported file calls them. */
  readonly names: readonly string[];
  /** The path of the imported file, when the specifier is relative. */
  readonly target: string | undefined;
}

/** Every import in the tree. It relies on the formatter's layout: statements and comments begin a line. */
export function findImports(tree: SourceTree): Import[] {
  return [...tree].flatMap(([path, source]) => {
    const code = withoutComments(source);
    return [...statements(path, code), ...expressions(path, code), ...environmentReads(path, code)];
  });
}

const statement = /^[ \t]*(?:import|export)\s+(type\s+)?(?:([\w*{}\s,$]+?)\s*from\s*)?["']([^"'\n]+)["']/gm;
const expression = /(typeof\s+)?\bimport\(\s*["']([^"'\n]+)["']\s*\)(\.[A-Z])?/g;
const environment = /\bprocess\s*\??(?:\.|\[["'])\s*env\b|^import [^;"']*\benv\b[^;"']*from "(?:node:)?process"/gm;

function statements(path: string, code: string): Import[] {
  return [...code.matchAll(statement)].map((match) => {
    const [text, type, clause = "", specifier = ""] = match;
    const end = match.index + text.length;
    const isType = type !== undefined;
    return toImport({ path, line: lineAt(code, end), specifier, isType, names: isType ? [] : namesIn(clause) });
  });
}

function namesIn(clause: string): readonly string[] {
  const [, list = ""] = /\{([^}]*)\}/.exec(clause) ?? [];
  const names = list.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "" && !name.startsWith("type ")).map((name) => name.replace(/ as .*$/, ""));
}

function expressions(path: string, code: string): Import[] {
  return [...code.matchAll(expression)].map((match) => {
    const [, typeOf, specifier = "", typeMember] = match;
    const isType = typeOf !== undefined || typeMember !== undefined;
    return toImport({ path, line: lineAt(code, match.index), specifier, isType, names: [] });
  });
}

function environmentReads(path: string, code: string): Import[] {
  return [...code.matchAll(environment)].map((match) =>
    toImport({ path, line: lineAt(code, match.index), specifier: "process.env", isType: false, names: [] }),
  );
}

function toImport(found: Omit<Import, "target">): Import {
  const isRelative = found.specifier.startsWith(".");
  const target = isRelative ? posix.join(posix.dirname(found.path), found.specifier) : undefined;
  return { ...found, target };
}

/** Keeps the line breaks, so that lines keep their numbers. */
function withoutComments(source: string): string {
  return source
    .replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(?<=^|\s)\/\/.*$/gm, "");
}

function lineAt(code: string, index: number): number {
  return code.slice(0, index).split("\n").length;
}
