import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Answer } from "./protocol.ts";

/** Longer than any measurement may take: a child that is silent for so long hangs. In milliseconds. */
const answerLimitMillis = 120_000;

const shownLogCharacters = 2000;

interface AskOptions {
  readonly signal: AbortSignal;
  /** Its end is in the error when the child ends. */
  readonly logFile: string;
}

/** Asks a child a question by its name. */
export type Ask = (name: string, input?: unknown) => Promise<unknown>;

/** Questions and answers over a child's channel, each question waiting for its own answer. */
export function askOver(child: ChildProcess, { signal, logFile }: AskOptions): Ask {
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
