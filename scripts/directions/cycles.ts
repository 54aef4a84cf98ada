// Finds imports that lead back to the file they start from. Types do not count: they are gone at run time.
import type { Import } from "./imports.ts";
import type { Violation } from "./violation.ts";

/** One violation for each import that closes a cycle. */
export function findCycles(imports: readonly Import[]): Violation[] {
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
      return here.includes(target) ? [toViolation(edge, here.slice(here.indexOf(target)))] : visit(target, here);
    });
    done.add(path);
    return found;
  }

  return [...edges.keys()].flatMap((path) => visit(path, []));
}

function toViolation({ path, line, target }: Import, cycle: readonly string[]): Violation {
  const found = [...cycle, target].join(" → ");
  return { path, line, rule: "no cycles", found, why: "move what both need to a file of its own" };
}
