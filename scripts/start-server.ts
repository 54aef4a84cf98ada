// A server of its own process, for a while.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A running server; disposing of it stops it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Asks it to stop, as a platform does, and waits; resolves with its exit code, `null` where something killed it. */
  stop(): Promise<number | null>;
}

/** Starts the app of a checkout on a free port of this machine. Throws with its output where it does not start. */
export async function startServer(checkout: string, environment: NodeJS.ProcessEnv): Promise<RunningServer> {
  const child = spawn(process.execPath, [join(checkout, "apps", "api", "src", "main.ts")], {
    cwd: checkout,
    env: { ...environment, HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "info", LOG_FORMAT: "json" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
      const [, found] = /"url":"(http:[^"]+)".*"ready"/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`The server ended with code ${code}:\n${output}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await exited;
    return code;
  };
  return { url, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
