import { hash, verify } from "@node-rs/argon2";
import { Pool } from "pg";
import type { HashingCost } from "../../contestants/settings.ts";
import { TokenCheck, trackSessionChanges } from "./token-check.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** The input of the floor's start, and of the server by hand. */
export interface FloorSettings {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly hashing: HashingCost;
}

/** The dependencies of the handlers of accounts and their sessions. */
export interface AccountDependencies {
  readonly db: Pool;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  close(): Promise<void>;
}

/** The dependencies of all handlers. */
export interface FloorDependencies extends AccountDependencies {
  readonly tokenCheck: TokenCheck;
}

/** Hashes and checks passwords, as many at once as the cost says. */
interface Passwords {
  hash(password: string): Promise<string>;
  verify(hashed: string, password: string): Promise<boolean>;
}

/** Opens the pool, which makes its connections as they are needed, and the connection that listens. */
export async function openFloor(settings: FloorSettings): Promise<FloorDependencies> {
  const changes = await trackSessionChanges(settings.databaseUrl);
  const deps = await openAccounts(settings);
  return {
    ...deps,
    tokenCheck: new TokenCheck({ ...deps, changes }),
    async close() {
      await changes.close();
      await deps.close();
    },
  };
}

/** Opens the pool, and nothing that listens for changes. */
export async function openAccounts({ databaseUrl, poolSize, hashing }: FloorSettings): Promise<AccountDependencies> {
  const db = new Pool({ connectionString: databaseUrl, max: poolSize });
  return { db, passwords: createPasswords(hashing), tokens: await createTokens(), close: () => db.end() };
}

/** Passwords by Argon2id. */
function createPasswords({ concurrency, ...cost }: HashingCost): Passwords {
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
