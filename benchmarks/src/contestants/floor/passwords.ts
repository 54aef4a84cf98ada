import { hash, verify } from "@node-rs/argon2";
import type { HashingCost } from "../hashing-cost.ts";

/** Hashes and checks passwords, as many at once as the cost says. */
export interface Passwords {
  hash(password: string): Promise<string>;
  verify(hashed: string, password: string): Promise<boolean>;
}

/** Passwords by Argon2id. */
export function createPasswords({ concurrency, ...cost }: HashingCost): Passwords {
  const inTurn = limitConcurrency(concurrency);
  return {
    hash: (password) => inTurn(() => hash(password, cost)),
    verify: (hashed, password) => inTurn(() => verify(hashed, password)),
  };
}

function limitConcurrency(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
