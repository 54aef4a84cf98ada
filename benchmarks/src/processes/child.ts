import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, cpuQuestion, memoryQuestion, startQuestion } from "./serve-parent.ts";

/** How long a child may take to stop before it is killed, in milliseconds. */
const stopLimitMillis = 15_000;

/** Longer than any measurement may take: a child that is silent for so long hangs. In milliseconds. */
const answerLimitMillis = 120_000;

/** The end of the log that an error shows when a child ends unasked. */
const shownLogCharacters = 2000;

/** The surroundings that all children of a run share. */
export interface ChildSurroundings {
  /** Where their standard output and errors go, one file each. */
  readonly logFolder: string;
  /** Aborts each question that waits for its answer. */
  readonly signal: AbortSignal;
}

interface ChildOptions extends ChildSurroundings {
  /** Names its log file. */
  readonly name: string;
  /** The module that it runs; it calls `serveParent`. */
  readonly module: URL;
  /** The input of its start. */
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
  /** Resident memory of the child as the operating system counts it, in bytes. */
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

interface AskOptions {
  readonly signal: AbortSignal;
  /** Its end is in the error when the child ends. */
  readonly logFile: string;
}

/** Asks a child a question by its name. Throws where the child does, or ends, or is silent for too long. */
type Ask = (name: string, input?: unknown) => Promise<unknown>;

/** Questions and answers over a child's channel, each question waiting for its own answer. */
function askOver(child: ChildProcess, { signal, logFile }: AskOptions): Ask {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  child.on("message", (answer: Answer) => {
    const question = waiting.get(answer.id);
    if ("failure" in answer) question?.reject(new Error(answer.failure));
    else question?.resolve(answer.output);
  });
  child.once("exit", async (code, killedBy) => {
    const error = new Error(`The process ended (${killedBy ?? code}):\n${await endOf(logFile)}`);
    for (const question of waiting.values()) question.reject(error);
  });
  return async (name, input) => {
    signal.throwIfAborted();
    const question = Promise.withResolvers<unknown>();
    const id = ++lastId;
    waiting.set(id, question);
    try {
      child.send({ id, name, input });
      return await unlessAborted(question, AbortSignal.any([signal, AbortSignal.timeout(answerLimitMillis)]));
    } finally {
      waiting.delete(id);
    }
  };
}

async function unlessAborted<T>({ promise, reject }: PromiseWithResolvers<T>, signal: AbortSignal): Promise<T> {
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function endOf(logFile: string): Promise<string> {
  return (await readFile(logFile, "utf8").catch(() => "")).slice(-shownLogCharacters);
}
