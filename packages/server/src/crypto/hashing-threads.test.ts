import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { createHashingThreads } from "./hashing-threads.ts";
import { readStoredHash } from "./imported-hashes/index.ts";

/** Published with OpenBSD's implementation. */
const ofA = readStoredHash("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
const slow = readStoredHash(`$2b$14$${"a".repeat(53)}`);

/** The priorities of the threads of this process, as Linux tells them (proc(5), `stat`). */
function priorities(): number[] {
  return readdirSync("/proc/self/task").map((thread) => {
    const [, afterName = ""] = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ");
    return Number(afterName.split(" ")[16]);
  });
}

test("threads that were closed start anew when they are asked again", async () => {
  const threads = createHashingThreads(1);
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
});

test("checks that were under way when their thread ended are rejected rather than forgotten", async () => {
  const threads = createHashingThreads(2);
  const outcomes = Promise.allSettled([threads.verify("a", slow), threads.verify("a", slow)]);
  await threads.close();
  const ended = { status: "rejected", reason: new Error("The hashing thread ended") };
  expect(await outcomes).toEqual([ended, ended]);
});

test("what a hash fails with is told, and the next one is computed", async () => {
  const threads = createHashingThreads(1);
  const tooLittleMemory = { memoryCost: 1, timeCost: 1, parallelism: 1 };
  await expect(threads.hash("a", tooLittleMemory)).rejects.toThrow(/memory/i);
  expect(await threads.verify("a", ofA)).toBe(true);
  await threads.close();
});

test.runIf(process.platform === "linux")("a thread that hashes yields to the one that serves", async () => {
  const threads = createHashingThreads(1);
  const before = priorities().filter((priority) => priority > 0).length;
  await threads.verify("a", ofA);
  expect(priorities().filter((priority) => priority > 0)).toHaveLength(before + 1);
  expect(getPriority()).toBe(0);
  await threads.close();
});
