// Runs kysely-ctl, which does the migrations, on the settings of apps/api/kysely.config.ts.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "../pinned-node.mjs";

/** Runs a command of kysely-ctl in this terminal; answers with its exit code, after it has said what went wrong. */
export function kyselyCtl(...command: readonly string[]): number {
  const options = ["--config", "apps/api/kysely.config.ts", "--no-outdated-check"];
  // Left to itself, it says nothing where NODE_ENV is test.
  const env = { ...process.env, CONSOLA_LEVEL: "3" };
  const { status } = spawnSync(process.execPath, [executable(), ...command, ...options], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  return status ?? 1;
}

function executable(): string {
  const manifest = createRequire(join(root, "apps/api/package.json")).resolve("kysely-ctl/package.json");
  return join(dirname(manifest), "dist", "bin.mjs");
}
