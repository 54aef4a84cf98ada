// Weighs what a production install of apps/api brings along, and fails when it brings too much or runs scripts.
import { join } from "node:path";
import { type InstalledPackage, installedClosure } from "./installed-packages.ts";
import { root } from "./pinned-node.mjs";

const maxPackages = 150;
const maxMegabytes = 82;

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
  process.exitCode = 1;
}

function describeScripts(found: InstalledPackage): string {
  return `${found.name} (${found.installScripts.join(", ")})`;
}

function megabytes(byteCount: number): string {
  return (byteCount / 1e6).toFixed(1);
}
