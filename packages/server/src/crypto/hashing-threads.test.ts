import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createHashingThreads } from "./hashing-threads.ts";
import { readStoredHash } from "./imported-hashes/stored-hash.ts";

/** Published with OpenBSD's implementation. */
const ofA = readStoredHash("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
const slow = readStoredHash(`$2b$14$${"a".repeat(53)}`);

/** Lists the threads of this process that yield, as reported by Linux (proc(5), `stat`). */
function yieldingThreads(): string[] {
  return readdirSync("/proc/self/task").filter((thread) => {
    const [, afterName = ""] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ");
    return Number(afterName.split(" ")[16]) > 0;
  });
}

/** How long a thread has had a core or waited for one, in milliseconds (Linux, sched-stats.rst). */
function wantedMillis(thread: string): number {
  const [ran = 0, waited = 0] = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ").map(Number);
  return (ran + waited) / 1_000_000;
}

/** Keeps all cores busy. */
function burnCores(): AsyncDisposable {
  const burning = Array.from({ length: availableParallelism() }, () => new Worker("for (;;);", { eval: true }));
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
  const before = yieldingThreads().length;
  await threads.verify("a", ofA);
  expect(yieldingThreads()).toHaveLength(before + 1);
  expect(getPriority()).toBe(0);
  await threads.close();
});

test.runIf(existsSync("/proc/self/schedstat"))("a thread rests between hashes when cores are scarce", async () => {
  const threads = createHashingThreads(1);
  const before = yieldingThreads();
  await threads.verify("a", ofA);
  const [thread = ""] = yieldingThreads().filter((id) => !before.includes(id));
  await using _busy = burnCores();
  const [startedAt, wantedAtStart] = [performance.now(), wantedMillis(thread)];
  await Promise.all(Array.from({ length: 16 }, () => threads.verify("a", ofA)));
  const tookMillis = performance.now() - startedAt;
  // A thread without cooldowns wants a core all the time.
  expect((wantedMillis(thread) - wantedAtStart) / tookMillis).toBeLessThan(0.95);
  await threads.close();
});
