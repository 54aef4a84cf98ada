// An app's project with only the packed client and TypeScript.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../pinned-node.mjs";
import { run } from "../run-program.ts";

/** A project in a folder of its own, with everything installed. */
export interface Project {
  readonly folder: string;
  /** Folder of the installed client. */
  readonly client: string;
  /** How many packages were installed. */
  readonly packages: number;
}

/** Packs the client into the folder and installs it there from npm, with the TypeScript of this workspace. */
export function createProject(folder: string): Project {
  checkVersions();
  run(join(root, "packages", "client"), "npm", "pack", "--pack-destination", folder, "--loglevel", "error");
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("Packing left no tarball");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  // Within npm test, npm would otherwise use our project's settings.
  const quiet = ["--prefix", folder, "--no-audit", "--no-fund", "--loglevel", "error"];
  run(folder, "npm", "install", ...quiet, `./${tarball}`, `typescript@${catalogVersion("typescript")}`);
  for (const file of ["journey.ts", "mistakes.test-d.ts"]) {
    cpSync(join(root, "tests", "client", "packed", file), join(folder, "src", file));
  }
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  return {
    folder,
    client: join(folder, "node_modules", "@gatehouse", "client"),
    packages: Object.keys(packages).filter((path) => path !== "").length,
  };
}

/** The client is published, so its manifest names versions; they equal those of the catalog. */
function checkVersions(): void {
  const manifest = JSON.parse(readFileSync(join(root, "packages", "client", "package.json"), "utf8"));
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    if (version !== catalogVersion(name)) throw new Error(`The client asks for ${name} ${version}, not the catalog's`);
  }
}

function catalogVersion(name: string): string {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const [, version] = new RegExp(`^ {2}"?${name}"?: (\\S+)$`, "m").exec(workspace) ?? [];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml has no ${name}`);
  return version;
}
