// The server of this repository, for a while.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../pinned-node.mjs";

/** A running server. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts the server on a free port, with an embedded database in the given folder. */
export async function startServer(dataFolder: string): Promise<RunningServer> {
  const settings = { NODE_ENV: "development", HOST: "127.0.0.1", PORT: "0", DATA_DIR: dataFolder, LOG_LEVEL: "warn" };
  const child = spawn(process.execPath, [join(root, "apps", "api", "src", "main.ts")], {
    cwd: root,
    env: { ...process.env, ...settings, DATABASE_URL: "", PUBLIC_URL: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
      const [, found] = /RPC +(\S+)\/rpc\n/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`The server ended with code ${code}:\n${output}`)));
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
