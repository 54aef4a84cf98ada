import type { Config } from "@gatehouse/server";

/** The cost of an Argon2id hash as `@node-rs/argon2` takes it, and how many are computed at once. */
export interface HashingCost {
  /** In KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly concurrency: number;
}

/** The cost that Gatehouse is configured with, for those it is compared to. */
export function hashingCostOf({ passwordHashing }: Config): HashingCost {
  const { memoryKib, passes, concurrency } = passwordHashing;
  return { memoryCost: memoryKib, timeCost: passes, parallelism: 1, concurrency };
}
