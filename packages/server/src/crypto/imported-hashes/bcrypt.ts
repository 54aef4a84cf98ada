import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** Checks passwords against bcrypt hashes, off the main thread. */
export interface BcryptVerifier {
  verify(password: string, hash: string): Promise<boolean>;
  /** Ends the thread; checks that still run are rejected. */
  close(): Promise<void>;
}

/** What the thread is asked. */
export interface BcryptQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

/** What the thread answers. */
export interface BcryptAnswer {
  readonly id: number;
  readonly isMatch: boolean;
}

/** Beside this file, as a source or as published. */
const workerFile = new URL(`./bcrypt-worker${extname(import.meta.filename)}`, import.meta.url);

/**
 * One thread, started with the first question: servers without imported users never have it. It does not keep the
 * process alive, and one that broke is replaced at the next question.
 */
export function createBcryptVerifier(): BcryptVerifier {
  const waiting = new Map<number, PromiseWithResolvers<boolean>>();
  let worker: Worker | undefined;
  let lastId = 0;
  const failAll = (broken: Worker, error: unknown) => {
    if (worker !== broken) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = () => {
    const started = new Worker(workerFile);
    started.on("message", ({ id, isMatch }: BcryptAnswer) => {
      waiting.get(id)?.resolve(isMatch);
      waiting.delete(id);
      if (waiting.size === 0) started.unref();
    });
    started.on("error", (error) => failAll(started, error));
    started.on("exit", () => failAll(started, new Error("The bcrypt thread ended")));
    return started;
  };
  return {
    verify(password, hash) {
      worker ??= start();
      lastId += 1;
      const answer = Promise.withResolvers<boolean>();
      waiting.set(lastId, answer);
      worker.ref();
      worker.postMessage({ id: lastId, password, hash } satisfies BcryptQuestion);
      return answer.promise;
    },
    async close() {
      await worker?.terminate();
    },
  };
}
