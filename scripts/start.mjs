// npm start: installs what is missing, then runs the service with the settings in .env, if there are any.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installWorkspace } from "./install.mjs";
import { becomePinnedNode, root } from "./pinned-node.mjs";

const [unknown] = process.argv.slice(2);
if (unknown !== undefined) {
  console.error(
    `"${unknown}" is one argument too many; settings come from the environment and .env: PORT=4000 npm start`,
  );
  process.exit(2);
}
if (!installWorkspace()) process.exit(1);
const settings = existsSync(join(root, ".env")) ? ["--env-file=.env"] : [];
// Set from outside, the cache of apps/api/src/compile-cache.ts serves the first file and the threads, too.
const env = { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled"), ...process.env };
becomePinnedNode([...settings, "apps/api/src/main.ts"], env);
