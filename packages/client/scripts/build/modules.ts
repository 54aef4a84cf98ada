// Follows the imports between the files that tsc wrote.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `from "…"`, `import "…"` and `import("…")`, as tsc prints them. */
const specifierPattern = /(?<=\b(?:from |import |import\())"([^"\n]+)"/g;

/** The content with each module specifier replaced. */
export function replaceSpecifiers(content: string, replace: (specifier: string) => string): string {
  return content.replace(specifierPattern, (_, specifier: string) => `"${replace(specifier)}"`);
}

/** What the content imports, as it is written there. */
export function listSpecifiers(content: string): string[] {
  return [...content.matchAll(specifierPattern)].map(([, specifier = ""]) => specifier);
}

/** The given files and all that they import, directly or not, packages aside. */
export function findReachable(entries: readonly string[]): ReadonlySet<string> {
  const reachable = new Set(entries);
  for (const file of reachable) {
    const own = listSpecifiers(readFileSync(file, "utf8")).filter((specifier) => specifier.startsWith("."));
    for (const specifier of own) reachable.add(resolve(file, specifier));
  }
  return reachable;
}

/** Among declarations, `./user.js` is `./user.d.ts`. */
function resolve(from: string, specifier: string): string {
  const target = join(dirname(from), specifier);
  return from.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target;
}

/** Every file below the folder. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
