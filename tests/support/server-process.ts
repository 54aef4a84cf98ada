import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { looseLimits } from "./gatehouse.ts";

const main = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));

/** The app of this repository in a process of its own, on a free port. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
}

/** Starts the app with these variables and nothing of the tests' own; fails with its output if it does not start. */
export async function startServerProcess(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env["PATH"], NODE_ENV: "test", PORT: "0", LOG_LEVEL: "info", ...looseLimits, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  child.stderr.on("data", (chunk) => (printed += chunk));
  const exited = once(child, "exit");
  // A test that gives up waiting has nothing to dispose of yet.
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  exited.finally(() => process.off("exit", end)).catch(() => undefined);
  const url = await Promise.race([
    printedUrl(child, () => printed),
    exited.then(([code]) => Promise.reject(new Error(`The server ended with code ${code}:\n${printed}`))),
  ]);
  return {
    url,
    child,
    output: () => printed,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function printedUrl(child: ChildProcess, printed: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.on("data", () => {
      const [, url] = /"url":"(http:[^"]+)".*"ready"/.exec(printed()) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}
