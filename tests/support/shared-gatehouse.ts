import { afterAll, beforeAll } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";
import { settle } from "./mailbox.ts";

/**
 * Starts one server for all tests of the file or `describe` that calls this, and closes it after the last test. It is
 * for tests that create their own data and ignore that of others; {@link clearAccounts} helps those that cannot. Its clock
 * only moves forward. Returns a function that returns the server.
 */
export function shareGatehouse(options?: Parameters<typeof startGatehouse>[0]): () => TestGatehouse {
  return share(() => startGatehouse(options));
}

/** Shares anything else that is started, as {@link shareGatehouse} shares a server. */
export function share<T extends AsyncDisposable>(start: () => Promise<T>): () => T {
  let started: T | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => await started?.[Symbol.asyncDispose]());
  return () => {
    if (started === undefined) throw new Error("What the tests share is there once they run");
    return started;
  };
}

/**
 * Deletes the accounts, registrations and messages of earlier tests, for tests that use fixed addresses or read whole
 * tables. Waits for the jobs of those tests first.
 */
export async function clearAccounts(server: TestGatehouse): Promise<void> {
  await settle(server);
  for (const table of ['"user"', "pending_registration", "device", "outbox_message", "pgboss.job"]) {
    await runSql(server.gatehouse.deps.db, `delete from ${table}`);
  }
}
