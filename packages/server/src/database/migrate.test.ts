import { expect, test } from "vitest";
import { openDatabase } from "./connection.ts";
import { createMigrator, migrateToLatest, migrationProvider } from "./migrate.ts";
import { runSql } from "./run-sql.ts";

async function openEmpty() {
  const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

test("the order of the migrations' names is the order of their numbers, which have no gap", async () => {
  const names = Object.keys(await migrationProvider.getMigrations());
  const numbers = names.toSorted().map((name) => name.slice(0, 5));
  expect(numbers).toEqual(names.map((_, index) => `${String(index + 1).padStart(4, "0")}-`));
});

test("migrating reports the migrations that ran, and none the second time", async () => {
  await using opened = await openEmpty();
  const names = Object.keys(await migrationProvider.getMigrations()).toSorted();
  expect(await migrateToLatest(opened.db)).toEqual(names);
  expect(await migrateToLatest(opened.db)).toEqual([]);
});

test("a migration that fails is reported with the reason, and changes nothing", async () => {
  await using opened = await openEmpty();
  await runSql(opened.db, "create table session ()");
  await expect(migrateToLatest(opened.db)).rejects.toMatchObject({
    name: "MigrationError",
    message: 'The migration 0001-accounts failed and was undone: relation "session" already exists',
  });
  const { rows } = await runSql(opened.db, "select to_regclass('password') as password");
  expect(rows).toEqual([{ password: null }]);
  const migrations = await createMigrator(opened.db).getMigrations();
  expect(migrations.filter(({ executedAt }) => executedAt !== undefined)).toEqual([]);
});

test("a database that a newer version migrated is refused", async () => {
  await using opened = await openEmpty();
  await migrateToLatest(opened.db);
  await runSql(opened.db, "insert into kysely_migration values ('9999-future', now()::text)");
  await expect(migrateToLatest(opened.db)).rejects.toThrow("9999-future");
});
