import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import {
  type CommandOutcome,
  runGatehouse,
  runGatehouseProcess,
  startGatehouseProcess,
} from "../support/command-line.ts";
import type { TestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";

/** The address of a database is enough. */
type Target = Pick<TestDatabase, "url">;

/** A folder of one test's own, and the command `gatehouse import` in it. */
export interface ImportFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file; answers with its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** The lines of a report, parsed; `undefined` if there is none. */
  readReport(name: string): Promise<readonly Refused[] | undefined>;
  /** Imports to its end in the tests' process, one file at a time. */
  run(database: Target, ...args: readonly string[]): Promise<CommandOutcome>;
  /** Imports to its end in a process of its own, as the following do. */
  runProcess(database: Target, ...args: readonly string[]): Promise<CommandOutcome>;
  /** Imports until the condition holds for what it has printed, and then as after a Ctrl-C. */
  interruptWhen(
    database: Target,
    isTime: (printed: string) => boolean,
    ...args: readonly string[]
  ): Promise<CommandOutcome>;
  /** Imports until the condition holds for what it has printed, then kills it; answers whether it was killed. */
  killWhen(database: Target, isTime: (printed: string) => boolean, ...args: readonly string[]): Promise<boolean>;
  /** Imports until this resolves, then kills it. */
  killAfter(database: Target, moment: () => Promise<void>, ...args: readonly string[]): Promise<void>;
}

interface Refused {
  readonly line: number;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

/** Makes the folder; disposing of it removes it. */
export async function openImportFolder(): Promise<ImportFolder> {
  const path = await mkdtemp(join(tmpdir(), "gatehouse-import-"));
  const runOn = ({ url }: Target) => ({ environment: { NODE_ENV: "test", DATABASE_URL: url }, folder: path });
  const start = (database: Target, args: readonly string[]) =>
    startGatehouseProcess(["import", ...args], runOn(database));
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
    run: (database, ...args) => runGatehouse(["import", ...args], runOn(database)),
    runProcess: (database, ...args) => runGatehouseProcess(["import", ...args], runOn(database)),
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
    async killAfter(database, moment, ...args) {
      const { child } = start(database, args);
      await moment();
      child.kill("SIGKILL");
      await once(child, "close");
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** Resolves once this many statements of a database wait for a lock. */
export async function waitForWaiting(database: TestDatabase, count: number): Promise<void> {
  const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await vi.waitFor(async () => expect(await database.query(waiting)).toHaveLength(count), patience);
}
