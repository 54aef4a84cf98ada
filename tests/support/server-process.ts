import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { looseLimits } from "./default-settings.ts";
import { processEnvironment } from "./process-environment.ts";

const thisCheckout = join(import.meta.dirname, "..", "..");

/** The app of a checkout in a process of its own, on a free port. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Its output so far. */
  output(): string;
  /** Stops it with SIGTERM, as a platform does; resolves with its exit code, `null` if something killed it. */
  stop(): Promise<number | null>;
}

/** Starts the app of this repository with these variables and the tests' loose limits; fails as {@link startApp}. */
export function startServerProcess(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
  return startApp({ environment: { ...processEnvironment, NODE_ENV: "test", ...looseLimits, ...environment } });
}

interface AppOptions {
  /** The whole environment, except for the address and the log, which have defaults. */
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of the checkout. Default: this one. */
  readonly checkout?: string;
}

/** Starts the app of a checkout; fails with its output if it does not start. */
export async function startApp({ environment, checkout = thisCheckout }: AppOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [join(checkout, "apps/api/src/main.ts")], {
    cwd: checkout,
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "info",
      LOG_FORMAT: "json",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  child.stderr.on("data", (chunk) => (printed += chunk));
  const exited = once(child, "exit");
  // A test that stops waiting here has nothing to dispose of yet.
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  exited.finally(() => process.off("exit", end)).catch(() => undefined);
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await exited;
    return code;
  };
  const url = await Promise.race([
    printedUrl(child, () => printed),
    exited.then(([code]) => Promise.reject(new Error(`The server ended with code ${code}:\n${printed}`))),
  ]);
  return {
    url,
    child,
    output: () => printed,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
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
