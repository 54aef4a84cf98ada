// Runs one step of `npm test` as a process of its own, on the pinned Node.
import { type StdioOptions, spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { text } from "node:stream/consumers";
import { pinnedNode, root } from "./pinned-node.mjs";

/** How the process of a step ended. */
export interface StepResult {
  readonly passed: boolean;
  /** What it wrote, unless it wrote to this process's own output. */
  readonly output: string;
}

/** Runs Node with these arguments; with `show`, its output goes where this process's goes. */
export async function runStep(args: readonly string[], output: "show" | "keep"): Promise<StepResult> {
  const stdio: StdioOptions = output === "show" ? "inherit" : ["ignore", "pipe", "pipe"];
  const child = spawn(pinnedNode, args, { cwd: root, env: stepEnvironment(), stdio });
  const exitCode = new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  const written = [child.stdout, child.stderr].map((stream) => (stream === null ? "" : text(stream)));
  return { passed: (await exitCode) === 0, output: (await Promise.all(written)).join("").trimEnd() };
}

/** The caller's environment, so that `node` is the pinned one, npm is quiet, and a log has no colours. */
function stepEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, ...env } = process.env;
  const isPlain = !process.stdout.isTTY && env["FORCE_COLOR"] === undefined;
  return {
    ...env,
    ...(isPlain && { NO_COLOR: "1" }),
    npm_config_loglevel: "error",
    PATH: [dirname(pinnedNode), env["PATH"]].join(delimiter),
  };
}
