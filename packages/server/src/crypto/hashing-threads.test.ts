import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { patience } from "../../../../tests/support/patience.ts";
import { hashingNiceness } from "./hash-throttle.ts";
import { createHashingThreads } from "./hashing-threads.ts";
import { readStoredHash } from "./imported-hashes/stored-hash.ts";

/** Published with OpenBSD's implementation. */
const ofA = readStoredHash("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
const slow = readStoredHash(`$2b$14$${"a".repeat(53)}`);

/** Lists the threads of this process that yield, as reported by Linux (proc(5), `stat`). */
function yieldingThreads(): string[] {
  return readdirSync("/proc/self/task").filter((thread) => {
    const [, afterName = ""] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ");
    return Number(afterName.split(" ")[16]) > getPriority();
  });
}

/** How long a thread has had a core, in milliseconds (Linux, sched-stats.rst). */
function ranMillis(thread: string): number {
  return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1_000_000;
}

/** Keeps all cores busy with threads of the priority of a hashing thread, which then gets half a core. */
function burnCores(): AsyncDisposable {
  const count = 2 * availableParallelism() - 1;
  const code = `require("node:os").setPriority(0, ${hashingNiceness(getPriority())}); for (;;);`;
  const burning = Array.from({ length: count }, () => new Worker(code, { eval: true }));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(burning.map((worker) => worker.terminate()));
    },
  };
}

test("closed threads start again at the next call", async () => {
  const threads = createHashingThreads(1);
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
});

test("checks under way when their thread ends are rejected", async () => {
  const threads = createHashingThreads(2);
  const outcomes = Promise.allSettled([threads.verify("a", slow), threads.verify("a", slow)]);
  await threads.close();
  const ended = { status: "rejected", reason: new Error("The hashing thread ended") };
  expect(await outcomes).toEqual([ended, ended]);
});

test("an error of a hash reaches its caller, and the next hash is computed", async () => {
  const threads = createHashingThreads(1);
  const tooLittleMemory = { memoryCost: 1, timeCost: 1, parallelism: 1 };
  await expect(threads.hash("a", tooLittleMemory)).rejects.toThrow(/memory/i);
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
});

test.runIf(process.platform === "linux")("a hashing thread yields to the thread that serves calls", async () => {
  const threads = createHashingThreads(1);
  const [before, niceness] = [yieldingThreads().length, getPriority()];
  await threads.verify("a", ofA);
  expect(yieldingThreads()).toHaveLength(before + 1);
  expect(getPriority()).toBe(niceness);
  await threads.close();
});

test.runIf(existsSync("/proc/self/schedstat"))("a thread rests between hashes when cores are scarce", async () => {
  const threads = createHashingThreads(1);
  const before = yieldingThreads();
  await threads.verify("a", ofA);
  const [thread = ""] = yieldingThreads().filter((id) => !before.includes(id));
  await using _busy = burnCores();
  const measureShare = async () => {
    const [startedAt, ranAtStart] = [performance.now(), ranMillis(thread)];
    await Promise.all(Array.from({ length: 16 }, () => threads.verify("a", ofA)));
    return (ranMillis(thread) - ranAtStart) / (performance.now() - startedAt);
  };
  // It is 0.4, and 0.5 without rests.
  await vi.waitFor(async () => expect(await measureShare()).toBeLessThan(0.45), patience);
  await threads.close();
});
