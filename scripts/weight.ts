// Measures the size of a production install of apps/api, and fails if it is too large or runs install scripts. No tool
// measures this: the script follows the links in node_modules from apps/api only to packages that are needed at run
// time.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { readArguments, runCommand } from "./options.ts";
import { root } from "./pinned-node.mjs";

const maxPackages = 150;
/** A fifth is sharp, which is optional: docs/guides/profile.md says how to leave it out. */
const maxMegabytes = 106;

const nodeModules = `${sep}node_modules${sep}`;

/** One version of a package, as it lies on the disk. */
interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** The size of its own files, without nested packages. */
  readonly bytes: number;
  /** The scripts that a package manager would run when installing it. */
  readonly installScripts: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
  readonly scripts?: Record<string, string>;
}

/** Names after "package>": dependencies that the workspace removes from the package. */
const leftOut = new Set(
  [...readFileSync(join(root, "pnpm-workspace.yaml"), "utf8").matchAll(/^ +"[^"]+>([^">]+)": "-"$/gm)].map(
    ([, name]) => name,
  ),
);

await runCommand(weigh);

function weigh(): number {
  readArguments({ command: "pnpm weight" });
  const packages = installedClosure(join(root, "apps/api"));
  const scripted = packages.filter((found) => found.installScripts.length > 0);
  const bytes = packages.reduce((total, found) => total + found.bytes, 0);

  console.log(`${packages.length} packages (at most ${maxPackages})`);
  console.log(`${megabytes(bytes)} MB (at most ${maxMegabytes})`);
  console.log(`install scripts: ${scripted.map(describeScripts).join("; ") || "none"}`);
  for (const heavy of packages.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5)) {
    console.log(`  ${megabytes(heavy.bytes).padStart(6)} MB  ${heavy.name}@${heavy.version}`);
  }
  if (packages.length > maxPackages || bytes > maxMegabytes * 1e6 || scripted.length > 0) {
    console.error("The production install is over its limits.");
    return 1;
  }
  return 0;
}

function describeScripts(found: InstalledPackage): string {
  return `${found.name} (${found.installScripts.join(", ")})`;
}

function megabytes(byteCount: number): string {
  return (byteCount / 1e6).toFixed(1);
}

/**
 * Every package that the one in `start` needs, directly or not, once each. Optional dependencies count when
 * installed; optional peers do not, since only development installs them. Packages of the workspace are followed, not
 * counted.
 */
function installedClosure(start: string): InstalledPackage[] {
  const seen = new Set<string>([start]);
  for (const folder of seen) {
    for (const dependency of runtimeDependencies(folder)) seen.add(dependency);
  }
  const isInstalled = (folder: string) => folder.includes(nodeModules);
  return [...seen].filter(isInstalled).map(describePackage);
}

function runtimeDependencies(folder: string): string[] {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = readManifest(folder);
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const optional = [...Object.keys(optionalDependencies ?? {}), ...peers];
  const isRequired = (name: string) => !optional.includes(name) && !leftOut.has(name);
  const required = Object.keys(dependencies ?? {}).filter(isRequired);
  return [
    ...required.map((name) => {
      const found = resolvePackage(name, folder);
      if (found === undefined) throw new Error(`${name}, needed by ${folder}, is not installed`);
      return found;
    }),
    ...optional.map((name) => resolvePackage(name, folder)).filter((found) => found !== undefined),
  ];
}

/**
 * The places where pnpm links a package's dependencies: inside it or beside it. Folders further up contain packages for
 * others, such as the tools of the workspace's root.
 */
function resolvePackage(name: string, from: string): string | undefined {
  const inside = join(from, "node_modules");
  const beside = from.includes(nodeModules) ? [from.slice(0, from.lastIndexOf(nodeModules) + nodeModules.length)] : [];
  return [inside, ...beside]
    .map((links) => join(links, name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => realpathSync(folder))[0];
}

function describePackage(folder: string): InstalledPackage {
  const { name, version, scripts = {} } = readManifest(folder);
  const installScripts = ["preinstall", "install", "postinstall"].filter((script) => script in scripts);
  return { name, version, bytes: ownBytes(folder), installScripts };
}

function ownBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules" && !entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name))
    .reduce((total, path) => total + (statSync(path).isDirectory() ? ownBytes(path) : statSync(path).size), 0);
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
