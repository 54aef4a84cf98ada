// Runs a program of this repository on the Node version that package.json pins, whatever Node started it.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The executable of the pinned version; it exists once the workspace is installed. */
export const pinnedNode = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/**
 * Runs the pinned Node in the repository's folder, as if in place of this process: same terminal, same
 * signals, same exit code. Does not return.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function becomePinnedNode(args, env = process.env) {
  const child = spawn(pinnedNode, args, { cwd: root, env, stdio: "inherit" });
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // Ctrl-C reaches the child from the terminal already; a second one might make it stop at once.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
}
