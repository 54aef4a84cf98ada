// A thread that computes hashes and nothing else, synchronously: nothing else needs its event loop.
import { getPriority, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { hashSync } from "@node-rs/argon2";
import { HashThrottle, hashingNiceness } from "./hash-throttle.ts";
import type { HashingAnswer, HashingQuestion } from "./hashing-threads.ts";
import { matchesStoredHash } from "./imported-hashes/verify.ts";

// On Linux, 0 names the calling thread, which begins like the one that started it. Elsewhere this would change the priority of the
// whole server.
if (process.platform === "linux") setPriority(0, hashingNiceness(getPriority(0)));

const throttle = new HashThrottle({ wallMillis: () => performance.now(), cpuMillis: readCpuMillis });
/** Never notified, so `Atomics.wait` sleeps for the whole rest. */
const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

parentPort?.on("message", ({ id, work }: HashingQuestion) => {
  throttle.start();
  const answer = settle(work);
  const restMillis = throttle.finish();
  parentPort?.postMessage({ id, ...answer } satisfies HashingAnswer);
  Atomics.wait(sleeper, 0, 0, restMillis);
});

function readCpuMillis(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function settle(work: HashingQuestion["work"]): Pick<HashingAnswer, "result" | "error"> {
  try {
    return {
      result: "cost" in work ? hashSync(work.password, work.cost) : matchesStoredHash(work.hash, work.password),
    };
  } catch (error) {
    return { error };
  }
}
