// Fails if an import breaks the directions of docs/architecture.md. The linter finds cycles.
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { findImports, type Import, type SourceTree } from "./directions/imports.ts";
import { type Rule, rules } from "./directions/rules.ts";
import { readArguments, runCommand } from "./options.ts";
import { root } from "./pinned-node.mjs";

/** The place, the rule and the violation. */
interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly found: string;
  readonly why: string;
}

/** Every violation in the tree, in the order of the rules. */
export function findViolations(tree: SourceTree): Violation[] {
  const imports = findImports(tree);
  return rules.flatMap((rule) => imports.filter(breaks(rule)).map(toViolation(rule)));
}

const isTest = /\.test(-d)?\.tsx?$/;

function breaks(rule: Rule): (found: Import) => boolean {
  return (found) =>
    rule.files.test(found.path) &&
    !(rule.except?.some((pattern) => pattern.test(found.path)) ?? false) &&
    (rule.includesTests === true || !isTest.test(found.path)) &&
    rule.forbids(found);
}

function toViolation(rule: Rule): (found: Import) => Violation {
  return ({ path, line, specifier }) => ({ path, line, rule: rule.name, found: specifier, why: rule.why });
}

/** The source files that the rules are about. */
export function readTree(): SourceTree {
  const paths = globSync(["packages/*/**/*.{ts,tsx}", "apps/*/**/*.{ts,tsx}"], {
    cwd: root,
    exclude: (path) => /(^|[\\/])(node_modules|dist)$/.test(path),
  });
  return new Map(paths.map((path) => [path.replaceAll(sep, "/"), readFileSync(join(root, path), "utf8")]));
}

if (import.meta.main) await runCommand(reportViolations);

function reportViolations(): number {
  readArguments({ command: "pnpm directions" });
  const violations = findViolations(readTree());
  for (const { path, line, rule, found, why } of violations) {
    console.error(`${path}:${line}  ${rule}: ${found} (${why})`);
  }
  return violations.length > 0 ? 1 : 0;
}
