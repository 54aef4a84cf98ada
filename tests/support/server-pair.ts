import { createTestDatabase, type TestDatabase } from "./database.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";

/** Two servers on one database. */
export interface Pair extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly first: TestGatehouse;
  readonly second: TestGatehouse;
}

/** Starts both; they share a clock. */
export async function startPair(options: Parameters<typeof startGatehouse>[0] = {}): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const first = stack.use(await startGatehouse({ ...options, database }));
  const second = stack.use(await startGatehouse({ ...options, database, clock: first.clock }));
  const owned = stack.move();
  return { database, first, second, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Starts a second server on the database of a server, with the same clock. */
export function startBeside(
  { database, clock }: TestGatehouse,
  options: Parameters<typeof startGatehouse>[0] = {},
): Promise<TestGatehouse> {
  if (database === undefined) throw new Error("Only servers on PostgreSQL can share a database");
  return startGatehouse({ ...options, database, clock });
}

/** Lets the database write down which sessions changed and notify nobody, until it is disposed. */
export async function loseNotifications({ query }: TestDatabase): Promise<AsyncDisposable> {
  const [trigger] = await query(`select pg_get_functiondef('note_session_change'::regproc) as text`);
  await query(`create or replace function note_session_change() returns trigger language plpgsql as
    $$ begin new.changed_at := clock_timestamp(); return new; end $$`);
  return { [Symbol.asyncDispose]: async () => void (await query(String(trigger?.["text"]))) };
}
