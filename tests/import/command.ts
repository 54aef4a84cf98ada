import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestDatabase } from "../support/database.ts";
import { processEnvironment } from "../support/process-environment.ts";

const main = fileURLToPath(new URL("../../apps/api/src/cli/main.ts", import.meta.url));

/** How a command ended. */
interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of one test's own, and the command `gatehouse import` in it. */
export interface ImportFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file; answers with its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** The lines of a report, parsed; `undefined` if there is none. */
  readReport(name: string): Promise<readonly Refused[] | undefined>;
  /** Imports to its end. */
  run(database: TestDatabase, ...args: readonly string[]): Promise<Outcome>;
  /** Imports until the condition holds for what it has printed, and then as after a Ctrl-C. */
  interruptWhen(
    database: TestDatabase,
    isTime: (printed: string) => boolean,
    ...args: readonly string[]
  ): Promise<Outcome>;
  /** Imports until the condition holds for what it has printed, then kills it; answers whether it was killed. */
  killWhen(database: TestDatabase, isTime: (printed: string) => boolean, ...args: readonly string[]): Promise<boolean>;
}

interface Refused {
  readonly line: number;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

/** Makes the folder; disposing of it removes it. */
export async function openImportFolder(): Promise<ImportFolder> {
  const path = await mkdtemp(join(tmpdir(), "gatehouse-import-"));
  const start = (database: TestDatabase, args: readonly string[]) => startCommand(path, database, args);
  return {
    path,
    async write(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    async readReport(name) {
      const text = await readFile(join(path, name), "utf8").catch(() => undefined);
      return text
        ?.trim()
        .split("\n")
        .map((line): Refused => JSON.parse(line));
    },
    async run(database, ...args) {
      const { child, printed } = start(database, args);
      const [code] = await once(child, "close");
      return { code, ...printed };
    },
    async interruptWhen(database, isTime, ...args) {
      const { child, printed } = start(database, args);
      let isInterrupted = false;
      child.stderr?.on("data", () => {
        // A second signal would end it at once.
        if (!isInterrupted && isTime(printed.stderr)) isInterrupted = child.kill("SIGINT");
      });
      const [code] = await once(child, "close");
      return { code, ...printed };
    },
    async killWhen(database, isTime, ...args) {
      const { child, printed } = start(database, args);
      child.stderr?.on("data", () => {
        if (isTime(printed.stderr)) child.kill("SIGKILL");
      });
      const [, signal] = await once(child, "close");
      return signal === "SIGKILL";
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

function startCommand(cwd: string, { url }: TestDatabase, args: readonly string[]) {
  const env = { ...processEnvironment, NODE_ENV: "test", DATABASE_URL: url };
  const child: ChildProcess = spawn(process.execPath, [main, "import", ...args], { cwd, env });
  const printed = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => (printed.stdout += chunk));
  child.stderr?.on("data", (chunk) => (printed.stderr += chunk));
  return { child, printed };
}
