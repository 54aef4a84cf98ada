// What the published client must not name: whatever tells how the server works inside, or must be installed besides.
import { readFileSync } from "node:fs";
import { listSpecifiers } from "./modules.ts";

const libraries = ["kysely", "pg", "pglite", "postgres", "fastify", "zod", "pino", "jose", "argon2"];
const tables = read("../../../server/src/database/tables.gen.ts").matchAll(/interface (\w+)/g);
const types = [...[...tables].map(([, name = ""]) => name), "Dependencies", "Context", "Database"];
const insides = [anyOf(libraries, "gi"), anyOf(types, "g")];

const manifest: { readonly dependencies: Record<string, string> } = JSON.parse(read("../../package.json"));

/** The names in a published file that have no place there. */
export function findForeignNames(file: string): string[] {
  const content = readFileSync(file, "utf8");
  const names = insides.flatMap((pattern) => content.match(pattern) ?? []);
  const installed = file.endsWith(".d.ts") ? [] : Object.keys(manifest.dependencies);
  const packages = listSpecifiers(content).filter((specifier) => !isAvailable(specifier, installed));
  return [...new Set([...names, ...packages])];
}

/** Whether it is a file of the package, or of one that is installed with it. Declarations have no use for others. */
function isAvailable(specifier: string, installed: readonly string[]): boolean {
  return specifier.startsWith(".") || installed.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function anyOf(words: readonly string[], flags: string): RegExp {
  return new RegExp(`\\b(?:${words.join("|")})\\b`, flags);
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}
