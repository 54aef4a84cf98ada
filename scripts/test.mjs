// npm test: installs what is missing, then runs every check and test. `npm test -- --only=lint` runs one.
import { installWorkspace } from "./install.mjs";
import { becomePinnedNode } from "./pinned-node.mjs";

if (!installWorkspace()) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
becomePinnedNode(["scripts/test.ts", ...process.argv.slice(2)]);
