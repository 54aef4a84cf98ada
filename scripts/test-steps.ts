// The checks that `npm test` runs before the tests, and how a step is run; each check counts as one test.
import { type StdioOptions, spawn } from "node:child_process";
import { globSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { text } from "node:stream/consumers";
import { pinnedNode, root } from "./pinned-node.mjs";

/** A program for the pinned Node, which proves one thing. */
export interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

/** The root's TypeScript project, and that of each package and app, which must have one. */
const projects = [".", ...globSync("{packages,apps}/*/package.json", { cwd: root }).map(dirname).sort()];

/** Steps that run at once; those of one row run in order. Each must exit with 0. */
export const rows: readonly (readonly Step[])[] = [
  // These read the checkout and keep a core busy.
  [
    { name: "lint", args: ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--colors=off", "."] },
    { name: "types", args: ["node_modules/typescript/bin/tsc", "-b", ...projects] },
    { name: "unused", args: ["node_modules/knip/bin/knip.js"] },
    { name: "directions", args: ["scripts/directions.ts"] },
    { name: "weight", args: ["scripts/weight.ts"] },
  ],
  // These install into folders of their own, and mostly wait for the registry.
  [
    { name: "production-install", args: ["scripts/production-install.ts"] },
    { name: "packed-client", args: ["scripts/packed-client.ts"] },
  ],
];

/** The Vitest tests; their own counts are added to the sum. */
export const tests: Step = { name: "vitest", args: ["node_modules/vitest/vitest.mjs", "run"] };

/** The end of a step's process. */
interface StepResult {
  /** `null` if something killed it. */
  readonly code: number | null;
  /** Its output, unless it wrote to this process's output. */
  readonly output: string;
}

/**
 * Runs the pinned Node with these arguments, and with these environment variables in addition to the caller's. With
 * `show`, its output goes to this process's output.
 */
export async function runStep(
  args: readonly string[],
  output: "show" | "keep",
  variables: Readonly<Record<string, string>> = {},
): Promise<StepResult> {
  const stdio: StdioOptions = output === "show" ? "inherit" : ["ignore", "pipe", "pipe"];
  const child = spawn(pinnedNode, args, { cwd: root, env: { ...stepEnvironment(), ...variables }, stdio });
  const exitCode = new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  const written = [child.stdout, child.stderr].map((stream) => (stream === null ? "" : text(stream)));
  return { code: await exitCode, output: (await Promise.all(written)).join("").trimEnd() };
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
