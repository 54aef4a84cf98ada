// Argon2id and nothing else, as many at once as Gatehouse computes: the limit of any registration or login.
import { hash, verify } from "@node-rs/argon2";
import type { HashingCost } from "../contestants/settings.ts";
import { serveParent } from "../processes/serve-parent.ts";

/** The work to repeat, and its duration. */
export interface HashingOrder {
  readonly work: "hash" | "verify";
  readonly seconds: number;
}

/** The questions of this process. */
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
