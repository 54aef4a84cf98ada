import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askOver } from "./ask.ts";
import { cpuQuestion, memoryQuestion, startQuestion } from "./protocol.ts";

/** How long a child may take to stop before it is killed, in milliseconds. */
const stopLimitMillis = 15_000;

/** What children have in common. */
export interface ChildSurroundings {
  /** Where their standard output and errors go, one file each. */
  readonly logFolder: string;
  /** Aborts whatever is being waited for. */
  readonly signal: AbortSignal;
}

interface ChildOptions extends ChildSurroundings {
  /** Names its log file. */
  readonly name: string;
  /** The module that it runs; it calls `serveParent`. */
  readonly module: URL;
  /** What its start gets. */
  readonly input?: unknown;
}

type Questions<T> = { readonly [Name in keyof T]: (...input: never[]) => unknown };

/** A process of this run, in production mode. Disposing of it stops it and waits until it has ended. */
export interface Child<Ready, Answers extends Questions<Answers> = object> extends AsyncDisposable {
  readonly ready: Ready;
  /** Throws where the child does, or where it ends or hangs instead of answering. */
  ask<Name extends keyof Answers & string>(
    name: Name,
    ...input: Parameters<Answers[Name]>
  ): Promise<Awaited<ReturnType<Answers[Name]>>>;
  /** Processor time that the child has used so far, all of its threads together, in microseconds. */
  cpuMicros(): Promise<number>;
  /** Memory that the child has in RAM, whatever the system counts as such, in bytes. */
  residentBytes(): Promise<number>;
}

/** Starts a module in a process of its own. Throws when its start does. */
export async function startChild<Ready, Answers extends Questions<Answers> = object>(
  options: ChildOptions,
): Promise<Child<Ready, Answers>> {
  const logFile = join(options.logFolder, `${options.name}.log`);
  const child = await forkInto(logFile, options.module);
  const ask = askOver(child, { signal: options.signal, logFile });
  try {
    // The child's module is typed by the same declarations, so what it answers is not checked again.
    return {
      ready: (await ask(startQuestion, options.input)) as Ready,
      ask: async (name, ...[input]) => (await ask(name, input)) as never,
      cpuMicros: async () => (await ask(cpuQuestion)) as number,
      residentBytes: async () => (await ask(memoryQuestion)) as number,
      [Symbol.asyncDispose]: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function forkInto(logFile: string, module: URL): Promise<ChildProcess> {
  await using log = await open(logFile, "a");
  return fork(fileURLToPath(module), {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", log.fd, log.fd, "ipc"],
    // A process group of its own: Ctrl-C reaches only the parent, which then stops everything in order.
    detached: true,
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timeout = setTimeout(() => child.kill("SIGKILL"), stopLimitMillis);
  if (child.connected) child.disconnect();
  await ended;
  clearTimeout(timeout);
}
