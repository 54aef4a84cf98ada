// Fails when an import runs against the directions of docs/architecture.md, or when imports form a cycle.
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { findImports, type Import, type SourceTree } from "./directions/imports.ts";
import { type Rule, rules } from "./directions/rules.ts";
import { readArguments, runCommand } from "./options.ts";
import { root } from "./pinned-node.mjs";

/** Where, by which rule, and what was found there. */
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
  return [...rules.flatMap((rule) => imports.filter(breaks(rule)).map(toViolation(rule))), ...findCycles(imports)];
}

const isTest = /\.test(-d)?\.tsx?$/;

function breaks(rule: Rule): (found: Import) => boolean {
  return (found) =>
    rule.files.test(found.path) &&
    !(rule.except?.test(found.path) ?? false) &&
    (rule.includesTests === true || !isTest.test(found.path)) &&
    rule.forbids(found);
}

function toViolation(rule: Rule): (found: Import) => Violation {
  return ({ path, line, specifier }) => ({ path, line, rule: rule.name, found: specifier, why: rule.why });
}

/** One violation for each import that closes a cycle. Types do not count: they are gone at run time. */
function findCycles(imports: readonly Import[]): Violation[] {
  const edges = Map.groupBy(
    imports.filter((found) => !found.isType && found.target !== undefined),
    (found) => found.path,
  );
  const done = new Set<string>();

  function visit(path: string, trail: readonly string[]): Violation[] {
    if (done.has(path)) return [];
    const here = [...trail, path];
    const found = (edges.get(path) ?? []).flatMap((edge) => {
      const target = edge.target ?? "";
      return here.includes(target) ? [cycleOf(edge, here.slice(here.indexOf(target)))] : visit(target, here);
    });
    done.add(path);
    return found;
  }

  return [...edges.keys()].flatMap((path) => visit(path, []));
}

function cycleOf({ path, line, target }: Import, cycle: readonly string[]): Violation {
  const found = [...cycle, target].join(" → ");
  return { path, line, rule: "no cycles", found, why: "move what both need to a file of its own" };
}

function readTree(): SourceTree {
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
