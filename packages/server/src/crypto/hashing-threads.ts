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
 * Computes hashes in threads of their own, which yield to the event loop: where cores are scarce, a storm of sign-ins gets
 * only the time that other calls leave.
 */
export interface HashingThreads {
  /** Argon2id, as a PHC string. */
  hash(password: string, cost: Argon2Cost): Promise<string>;
  /** Whether exactly this text is the password behind the hash. */
  verify(password: string, hash: StoredHash): Promise<boolean>;
  /** Ends the threads; hashes that are not done are rejected. */
  close(): Promise<void>;
}

/** A message to a thread: compute a hash at a cost, or verify a password. */
export interface HashingQuestion {
  readonly id: number;
  readonly work:
    | { readonly password: string; readonly cost: Argon2Cost }
    | { readonly password: string; readonly hash: StoredHash };
}

/** A message from a thread: the result, or the error that was thrown. */
export interface HashingAnswer {
  readonly id: number;
  readonly result?: string | boolean;
  readonly error?: unknown;
}

/** The worker's file beside this one, with the same extension: that of the source or of the published file. */
const workerFile = new URL(`./hashing-worker${extname(import.meta.filename)}`, import.meta.url);

/** Creates at most this many threads, each started once the others are busy. */
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
 * A thread that starts with its first question. While idle it does not keep the process alive; if it breaks, the next
 * question starts another.
 */
class HashingThread {
  readonly #waiting = new Map<number, PromiseWithResolvers<string | boolean | undefined>>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** Questions that are not answered yet. */
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
