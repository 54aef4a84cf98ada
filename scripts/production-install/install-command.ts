// The README is what operators follow, so it is what is tried.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "../install.mjs";
import { root } from "../pinned-node.mjs";

/** The program and its arguments as the README has them. Throws where it names another pnpm than the pinned one. */
export function readInstallCommand(): [command: string, ...args: string[]] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, version, args] = /^npx (pnpm@\S+) (install --prod .*)$/m.exec(readme) ?? [];
  if (version !== pnpm || args === undefined) throw new Error(`README.md has no "npx ${pnpm} install --prod …"`);
  return ["npx", "--yes", version, ...args.split(" ")];
}
