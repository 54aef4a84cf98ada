import { afterAll, afterEach, expect, test } from "vitest";
import { openDatabase } from "./connection.ts";
import { createMigrator, migrateToLatest, migrationProvider } from "./migrate.ts";
import { runSql } from "./run-sql.ts";

const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);

afterEach(async () => {
  for (const schema of ["public", "pgboss"]) await runSql(db, `drop schema if exists ${schema} cascade`);
  await runSql(db, "create schema public");
});
afterAll(() => db.destroy());

test("the order of the migrations' names is the order of their numbers, which have no gap", async () => {
  const names = Object.keys(await migrationProvider.getMigrations());
  const numbers = names.toSorted().map((name) => name.slice(0, 5));
  expect(numbers).toEqual(names.map((_, index) => `${String(index + 1).padStart(4, "0")}-`));
});

test("migrating reports the migrations that ran, and none the second time", async () => {
  const names = Object.keys(await migrationProvider.getMigrations()).toSorted();
  expect(await migrateToLatest(db)).toEqual(names);
  expect(await migrateToLatest(db)).toEqual([]);
});

test("a start runs the one migration that is missing", async () => {
  const names = await migrateToLatest(db);
  const last = names.at(-1) ?? "";
  const { down } = (await migrationProvider.getMigrations())[last] ?? {};
  await down?.(db);
  await runSql(db, `delete from kysely_migration where name = '${last}'`);
  expect(await migrateToLatest(db)).toEqual([last]);
});

test("migrations that ran in another order are refused", async () => {
  const [first] = await migrateToLatest(db);
  await runSql(db, `update kysely_migration set "timestamp" = '9999' where name = '${first}'`);
  await expect(migrateToLatest(db)).rejects.toMatchObject({ name: "MigrationError" });
});

test("a migration that fails is reported with the reason, and changes nothing", async () => {
  await runSql(db, "create table session ()");
  await expect(migrateToLatest(db)).rejects.toMatchObject({
    name: "MigrationError",
    message: 'The migration 0001-accounts failed and was undone: relation "session" already exists',
  });
  const { rows } = await runSql(db, "select to_regclass('password') as password");
  expect(rows).toEqual([{ password: null }]);
  const migrations = await createMigrator(db).getMigrations();
  expect(migrations.filter(({ executedAt }) => executedAt !== undefined)).toEqual([]);
});

test("a database that a newer version migrated is refused", async () => {
  await migrateToLatest(db);
  await runSql(db, "insert into kysely_migration values ('9999-future', now()::text)");
  await expect(migrateToLatest(db)).rejects.toThrow("9999-future");
});
