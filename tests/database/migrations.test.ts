import { migrateToLatest } from "@gatehouse/server/database";
import { describe, expect, test, vi } from "vitest";
import { createMigrator, migrationProvider } from "../../packages/server/src/database/migrate.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { drivers, openEmpty, openPostgres } from "./drivers.ts";
import { snapshotSchema } from "./schema-snapshot.ts";

const names = Object.keys(await migrationProvider.getMigrations()).toSorted();

test.each(drivers)("on %s the down of each migration undoes its up, and the up can run again", async (driver) => {
  await using opened = await openEmpty(driver);
  const migrator = createMigrator(opened.db);
  const stepUp = async (name: string) =>
    expect(await migrator.migrateUp()).toEqual({
      results: [{ migrationName: name, direction: "Up", status: "Success" }],
    });
  let before = await snapshotSchema(opened.db);
  for (const name of names) {
    await stepUp(name);
    const after = await snapshotSchema(opened.db);
    expect((await migrator.migrateDown()).error).toBeUndefined();
    expect(await snapshotSchema(opened.db), `after the down of ${name}`).toEqual(before);
    await stepUp(name);
    expect(await snapshotSchema(opened.db), `after the second up of ${name}`).toEqual(after);
    before = after;
  }
});

test.skipIf(postgresUnreachable)("both drivers migrate to the same schema", async () => {
  const snapshots = await Promise.all(
    drivers.map(async (driver) => {
      await using opened = await openEmpty(driver);
      await migrateToLatest(opened.db);
      return await snapshotSchema(opened.db);
    }),
  );
  expect(snapshots[0]).toEqual(snapshots[1]);
  expect(snapshots[0]).toContain("relation r user");
});

describe.skipIf(postgresUnreachable)("servers that start together on an empty database", () => {
  test("run each migration once and all go on", async () => {
    await using database = await createTestDatabase({ empty: true });
    const servers = await Promise.all(Array.from({ length: 8 }, () => openPostgres(database.url, { poolSize: 2 })));
    const ran = await Promise.all(servers.map((db) => migrateToLatest(db)));
    expect(ran.flat().toSorted()).toEqual(names);
    expect(await database.query("select name from kysely_migration order by name")).toEqual(
      names.map((name) => ({ name })),
    );
    await Promise.all(servers.map((db) => db.destroy()));
  });

  test("migrate with a single connection each", async () => {
    await using database = await createTestDatabase({ empty: true });
    const servers = await Promise.all(Array.from({ length: 3 }, () => openPostgres(database.url, { poolSize: 1 })));
    const ran = await Promise.all(servers.map((db) => migrateToLatest(db)));
    expect(ran.flat().toSorted()).toEqual(names);
    await Promise.all(servers.map((db) => db.destroy()));
  });
});

test.skipIf(postgresUnreachable)(
  "no statement of the first start fails, which PostgreSQL would log as an error",
  async () => {
    await using database = await createTestDatabase({ empty: true });
    const db = await openPostgres(database.url, { poolSize: 1 });
    await migrateToLatest(db);
    await db.destroy();
    const others = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    // PostgreSQL counts what a connection did when the connection ends, at the latest.
    await vi.waitFor(async () => expect(await database.query(others)).toEqual([]));
    const failed = "select xact_rollback::int as failed from pg_stat_database where datname = current_database()";
    expect(await database.query(failed)).toEqual([{ failed: 0 }]);
  },
);
