// Builds dist/: the client as JavaScript, and declarations that need no other package.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { findForeignNames } from "./build/foreign-names.ts";
import { findReachable, listFiles, replaceSpecifiers } from "./build/modules.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const dist = join(packageFolder, "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await writeApiDeclaration();
compile("tsconfig.build.json");
for (const file of listFiles(dist)) makeSelfContained(file);
dropUnreachable();
refuseForeignNames();

/** The server's API, as types that stand for themselves. */
async function writeApiDeclaration(): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-api-"));
  compile("tsconfig.api.json", "--outDir", folder.path);
  const declaration = readFileSync(join(folder.path, "client", "scripts", "build", "api.d.ts"), "utf8");
  const types = declaration
    .replaceAll(/^export declare const (\w+):/gm, "export type $1 =")
    .replaceAll('import("../../src/procedures.ts").', "");
  const names = 'import type { Mutation, Query, Router, Subscription } from "./procedures.ts";\n';
  writeFileSync(join(dist, "api.d.ts"), names + types);
}

function compile(project: string, ...options: readonly string[]): void {
  const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
  const { status } = spawnSync(process.execPath, [tsc, "-p", project, ...options], {
    cwd: packageFolder,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`${project} does not compile`);
}

/** Declarations still name their sources, and the server's package. */
function makeSelfContained(file: string): void {
  const api = relative(dirname(file), join(dist, "api.js")).replaceAll("\\", "/");
  const content = replaceSpecifiers(readFileSync(file, "utf8"), (specifier) =>
    specifier === "@gatehouse/server/api" ? api.replace(/^(?!\.)/, "./") : specifier.replace(/^(\..*)\.ts$/, "$1.js"),
  );
  writeFileSync(file, content);
}

/** What neither users nor their compilers come to is not published. */
function dropUnreachable(): void {
  const reachable = findReachable([join(dist, "index.d.ts"), join(dist, "index.js")]);
  for (const file of listFiles(dist)) {
    if (!reachable.has(file)) rmSync(file);
  }
}

function refuseForeignNames(): void {
  const names = listFiles(dist).flatMap((file) =>
    findForeignNames(file).map((name) => `${relative(packageFolder, file)} names ${name}`),
  );
  if (names.length > 0) throw new Error(`The package must not tell how the server works:\n${names.join("\n")}`);
}
