import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { StoredHash } from "./imported-hashes/stored-hash.ts";

/** The cost of an Argon2id hash, as the library takes it. */
interface Argon2Cost {
  /** In KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/**
 * Computes hashes in threads of their own, which yield to the event loop: where cores are scarce, a storm of
 * sign-ins takes what the calls of everybody else leave.
 */
export interface HashingThreads {
  /** Argon2id, as a PHC string. */
  hash(password: string, cost: Argon2Cost): Promise<string>;
  /** Whether the password is the one behind the hash: exactly this text. */
  verify(password: string, hash: StoredHash): Promise<boolean>;
  /** Ends the threads; what they still compute is rejected. */
  close(): Promise<void>;
}

/** What a thread is asked: a new hash at a cost, or whether a password matches. */
export interface HashingQuestion {
  readonly id: number;
  readonly work:
    | { readonly password: string; readonly cost: Argon2Cost }
    | { readonly password: string; readonly hash: StoredHash };
}

/** What a thread answers, the result or what was thrown. */
export interface HashingAnswer {
  readonly id: number;
  readonly result?: string | boolean;
  readonly error?: unknown;
}

/** Beside this file, as a source or as published. */
const workerFile = new URL(`./hashing-worker${extname(import.meta.filename)}`, import.meta.url);

/** At most so many threads, each started when the others are busy. */
export function createHashingThreads(count: number): HashingThreads {
  const threads = Array.from({ length: count }, () => new HashingThread());
  const ask = (work: HashingQuestion["work"]) => {
    const [first, ...others] = threads;
    if (first === undefined) throw new Error("There are no threads");
    return others.reduce((least, thread) => (thread.pending < least.pending ? thread : least), first).ask(work);
  };
  return {
    hash: async (password, cost) => String(await ask({ password, cost })),
    verify: async (password, hash) => (await ask({ password, hash })) === true,
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/**
 * Started with its first question. It does not keep the process alive while it is idle, and if it breaks it is replaced at
 * the next question.
 */
class HashingThread {
  readonly #waiting = new Map<number, PromiseWithResolvers<string | boolean | undefined>>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** What was asked and not answered. */
  get pending(): number {
    return this.#waiting.size;
  }

  ask(work: HashingQuestion["work"]): Promise<string | boolean | undefined> {
    this.#worker ??= this.#start();
    this.#lastId += 1;
    const answer = Promise.withResolvers<string | boolean | undefined>();
    this.#waiting.set(this.#lastId, answer);
    this.#worker.ref();
    this.#worker.postMessage({ id: this.#lastId, work } satisfies HashingQuestion);
    return answer.promise;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const started = new Worker(workerFile);
    started.on("message", (answer: HashingAnswer) => {
      this.#settle(answer);
      if (this.pending === 0) started.unref();
    });
    started.on("error", (error) => this.#fail(started, error));
    started.on("exit", () => this.#fail(started, new Error("The hashing thread ended")));
    return started;
  }

  #settle({ id, ...answer }: HashingAnswer): void {
    if ("error" in answer) this.#waiting.get(id)?.reject(answer.error);
    else this.#waiting.get(id)?.resolve(answer.result);
    this.#waiting.delete(id);
  }

  #fail(broken: Worker, error: unknown): void {
    if (this.#worker !== broken) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
