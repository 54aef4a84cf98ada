// A thread that computes hashes and nothing else, each at once: nobody waits for its event loop.
import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { hashSync } from "@node-rs/argon2";
import type { HashingAnswer, HashingQuestion } from "./hashing-threads.ts";
import { matchesStoredHash } from "./imported-hashes/index.ts";

// On Linux a priority is of a thread, and 0 is the one that calls; elsewhere it would be that of the whole server.
if (process.platform === "linux") setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on("message", ({ id, work }: HashingQuestion) => {
  parentPort?.postMessage({ id, ...settle(work) } satisfies HashingAnswer);
});

function settle(work: HashingQuestion["work"]): Pick<HashingAnswer, "result" | "error"> {
  try {
    return {
      result: "cost" in work ? hashSync(work.password, work.cost) : matchesStoredHash(work.hash, work.password),
    };
  } catch (error) {
    return { error };
  }
}
