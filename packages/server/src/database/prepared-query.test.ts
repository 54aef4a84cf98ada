import { afterAll, expect, test } from "vitest";
import { openDatabase } from "./connection.ts";
import { migrateToLatest } from "./migrate.ts";
import { prepareQuery } from "./prepared-query.ts";

const selectTables = prepareQuery((db, { schema, pattern }: { schema: string; pattern: string }) =>
  db
    .withTables<{ "information_schema.tables": { table_schema: string; table_name: string } }>()
    .selectFrom("information_schema.tables")
    .select("table_name")
    .where("table_schema", "=", schema)
    .where("table_name", "like", pattern)
    .where("table_schema", "!=", "another")
    .where("table_schema", "=", schema)
    .orderBy("table_name"),
);

const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);
await migrateToLatest(db);
afterAll(() => db.destroy());

test("each use of a prepared statement has its own parameters", async () => {
  const names = async (pattern: string) =>
    (await selectTables(db, { schema: "public", pattern })).map((row) => row.table_name);
  expect(
    await Promise.all([names("sess%"), names("dev%"), names("nothing"), names('%\'; drop table "user" --')]),
  ).toEqual([["session"], ["device"], [], []]);
  expect(await names("user")).toEqual(["user"]);
});

test("a prepared statement runs in the given transaction", async () => {
  const work = db.transaction().execute(async (trx) => {
    await trx.schema.createTable("made_in_transaction").addColumn("id", "integer").execute();
    const rows = await selectTables(trx, { schema: "public", pattern: "made%" });
    throw new Error(`saw ${rows.map((row) => row.table_name).join()}`);
  });
  await expect(work).rejects.toThrow("saw made_in_transaction");
  expect(await selectTables(db, { schema: "public", pattern: "made%" })).toEqual([]);
});

test("a statement that depends on the values of its parameters cannot be prepared", async () => {
  const select = db.selectFrom("user").select("id");
  const builders: Parameters<typeof prepareQuery<{ text: string; count: number }, { id: string }>>[0][] = [
    (_db, { text }) => select.where("email", "like", `%${text}%`),
    (_db, { count }) => select.limit(count + 1),
    (_db, parameters) => select.where("email", "in", Object.values({ ...parameters }).map(String)),
    (_db, parameters) => ("text" in parameters ? select : select.limit(1)),
  ];
  for (const build of builders) {
    await expect(prepareQuery(build)(db, { text: "a", count: 1 })).rejects.toThrow(TypeError);
  }
});

test("a missing parameter fails the statement", async () => {
  const given = { schema: "public" } as { schema: string; pattern: string };
  await expect(selectTables(db, given)).rejects.toThrow('The parameter "pattern" of a prepared statement is missing.');
});
