// Type checks every project of the workspace: the root's, and that of each package and app, which must have one.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pinnedNode, root } from "./pinned-node.mjs";

for (const project of projects()) {
  const { status } = spawnSync(pinnedNode, ["node_modules/typescript/bin/tsc", "--noEmit", "-p", project], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`✗ ${project}`);
    process.exitCode = 1;
  }
}

function projects(): string[] {
  const members = ["packages", "apps"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  const isPackage = (folder: string) => existsSync(join(root, folder, "package.json"));
  return [".", ...members.filter(isPackage)].map((folder) => join(folder, "tsconfig.json"));
}
