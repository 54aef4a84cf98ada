import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import type { TestClock } from "../support/test-clock.ts";

/** Two servers on one database, by one clock. */
export interface Pair extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly first: TestGatehouse;
  readonly second: TestGatehouse;
  readonly servers: readonly TestGatehouse[];
  readonly clock: TestClock;
}

/** Starts both with these variables; neither runs jobs. */
export async function startPair(environment: Readonly<Record<string, string>> = {}): Promise<Pair> {
  const database = await createTestDatabase();
  const options = { database, environment: { JOBS: "off", DOCS: "off", ...environment } };
  const first = await startGatehouse(options);
  const second = await startGatehouse({ ...options, clock: first.clock });
  return {
    database,
    first,
    second,
    servers: [first, second],
    clock: first.clock,
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
