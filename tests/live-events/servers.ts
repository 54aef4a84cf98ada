import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

/** Two servers on one database. */
export interface Pair extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly first: TestGatehouse;
  readonly second: TestGatehouse;
}

/** Starts both; they share a clock. */
export async function startPair(): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const first = stack.use(await startGatehouse({ database }));
  const second = stack.use(await startGatehouse({ database, clock: first.clock }));
  const owned = stack.move();
  return { database, first, second, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
