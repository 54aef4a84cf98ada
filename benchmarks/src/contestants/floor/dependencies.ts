import { Pool } from "pg";
import { createPasswords, type Passwords } from "./passwords.ts";
import { followSessionChanges } from "./session-changes.ts";
import type { FloorSettings } from "./settings.ts";
import { TokenCheck } from "./token-check.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** What the handlers work with. */
export interface FloorDependencies {
  readonly db: Pool;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly tokenCheck: TokenCheck;
  close(): Promise<void>;
}

/** Opens the pool, which makes its connections as they are needed, and the connection that listens. */
export async function openFloor({ databaseUrl, poolSize, hashing }: FloorSettings): Promise<FloorDependencies> {
  const changes = await followSessionChanges(databaseUrl);
  const db = new Pool({ connectionString: databaseUrl, max: poolSize });
  const tokens = await createTokens();
  return {
    db,
    passwords: createPasswords(hashing),
    tokens,
    tokenCheck: new TokenCheck({ db, tokens, changes }),
    async close() {
      await changes.close();
      await db.end();
    },
  };
}
