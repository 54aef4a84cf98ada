// Argon2id and nothing else, as many at once as Gatehouse computes: what a registration and a login cannot be faster than.
import { hash, verify } from "@node-rs/argon2";
import { serveParent } from "../processes/serve-parent.ts";
import type { HashingCost } from "./hashing-cost.ts";

/** What is to be computed, and for how long. */
export interface HashingOrder {
  readonly work: "hash" | "verify";
  readonly seconds: number;
}

/** What the process answers. */
export interface Argon2Answers {
  run(order: HashingOrder): Promise<{ readonly calls: number; readonly seconds: number }>;
}

const password = "correct horse battery staple";

serveParent(async ({ concurrency, ...cost }: HashingCost) => {
  const hashed = await hash(password, cost);
  const work = { hash: () => hash(password, cost), verify: () => verify(hashed, password) };
  const answers = { run: (order: HashingOrder) => repeat(work[order.work], order.seconds, concurrency) };
  return { ready: undefined, answers };
});

async function repeat(work: () => Promise<unknown>, seconds: number, concurrency: number) {
  const start = performance.now();
  let calls = 0;
  const worker = async () => {
    while (performance.now() - start < seconds * 1000) {
      await work();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { calls, seconds: (performance.now() - start) / 1000 };
}
