import { runSql } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { openPostgres } from "./drivers.ts";

describe.skipIf(postgresUnreachable)("when PostgreSQL ends a connection", () => {
  test("within a transaction, the transaction fails, the process survives, and the next statement works", async () => {
    await using database = await createTestDatabase({ empty: true });
    const db = await openPostgres(database.url, { poolSize: 1 });
    const broken = db.transaction().execute((trx) => runSql(trx, "select pg_sleep(60)"));
    await Promise.all([expect(broken).rejects.toThrow(), endConnections(database, "active")]);
    expect((await runSql(db, "select 1 as one")).rows).toEqual([{ one: 1 }]);
    await db.destroy();
  });

  test("that is idle, the connection is reported and replaced", async () => {
    await using database = await createTestDatabase({ empty: true });
    const { promise: reported, resolve: report } = Promise.withResolvers<Error>();
    const db = await openPostgres(database.url, { poolSize: 1, onIdleError: report });
    await runSql(db, "select 1");
    await endConnections(database, "idle");
    expect((await reported).message).toContain("terminating connection");
    expect((await runSql(db, "select 1 as one")).rows).toEqual([{ one: 1 }]);
    await db.destroy();
  });
});

/** Ends the server's connections in that state, once there is one. */
async function endConnections(database: Pick<Awaited<ReturnType<typeof createTestDatabase>>, "query">, state: string) {
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'gatehouse' and state = $1`;
  while ((await database.query(end, [state])).length === 0);
}
