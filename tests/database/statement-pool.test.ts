import { type Database, runSql } from "@gatehouse/server/database";
import { Pool } from "pg";
import { describe, expect, test } from "vitest";
import { openStatementPool } from "../../packages/server/src/database/statement-pool.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { openPostgres } from "./drivers.ts";

/** On a pool of one connection, its own names: those that PostgreSQL keeps for it. */
async function preparedStatements(db: Database) {
  return (await runSql(db, "select name, statement from pg_prepared_statements order by prepare_time")).rows;
}

const findByEmail = (db: Database, email: string) =>
  db.selectFrom("user").selectAll().where("email_canonical", "=", email).execute();

const addUser = (db: Database, email: string) =>
  db
    .insertInto("user")
    .values({
      public_id: crypto.randomUUID(),
      email,
      email_canonical: email,
      locale: "en",
      status: "active",
      roles: ["admin"],
      created_at: new Date(0),
      updated_at: new Date(0),
    })
    .returning("email")
    .execute();

describe.skipIf(postgresUnreachable)("named statements", () => {
  test("are prepared once for each connection, however often they run", async () => {
    await using database = await createTestDatabase();
    const db = await openPostgres(database.url, { poolSize: 1 });
    for (const email of ["a", "b", "c"]) await addUser(db, email);
    for (const email of ["a", "b", "nobody"]) await findByEmail(db, email);
    expect(await preparedStatements(db)).toEqual([
      { name: expect.stringMatching(/^.{16,60}$/), statement: expect.stringMatching(/^insert into "user"/) },
      { name: expect.stringMatching(/^.{16,60}$/), statement: expect.stringMatching(/^select \* from "user"/) },
    ]);
    await db.destroy();
  });

  test("can be switched off without changing the results", async () => {
    await using database = await createTestDatabase();
    const named = await openPostgres(database.url, { poolSize: 1 });
    const unnamed = await openPostgres(database.url, { poolSize: 1, preparedStatements: false });
    expect(await addUser(named, "a")).toEqual([{ email: "a" }]);
    expect(await addUser(unnamed, "b")).toEqual([{ email: "b" }]);
    expect(await findByEmail(unnamed, "a")).toEqual(await findByEmail(named, "a"));
    expect(await preparedStatements(unnamed)).toEqual([]);
    await expect(addUser(named, "a")).rejects.toMatchObject({ constraint: "user_email_canonical_key" });
    await expect(addUser(unnamed, "a")).rejects.toMatchObject({ constraint: "user_email_canonical_key" });
    await named.destroy();
    await unnamed.destroy();
  });

  test("have no name beyond the limit", async () => {
    await using database = await createTestDatabase({ empty: true });
    const pool = openStatementPool(new Pool({ connectionString: database.url, max: 1 }), { maxNames: 2 });
    const client = await pool.connect();
    for (const column of ["a", "b", "c", "d", "a"]) {
      expect((await client.query(`select $1::text as ${column}`, ["x"])).rows).toEqual([{ [column]: "x" }]);
    }
    const { rows } = await client.query("select statement from pg_prepared_statements order by prepare_time", []);
    expect(rows.map(({ statement }) => statement)).toEqual(["select $1::text as a", "select $1::text as b"]);
    client.release();
    await pool.end();
  });

  test("leave statements without values, such as begin and commit, without a name", async () => {
    await using database = await createTestDatabase();
    const db = await openPostgres(database.url, { poolSize: 1 });
    await db.transaction().execute((trx) => trx.selectFrom("user").selectAll().execute());
    expect(await preparedStatements(db)).toEqual([]);
    await db.destroy();
  });

  test("still work after another server's migration changed their result columns", async () => {
    await using database = await createTestDatabase();
    const db = await openPostgres(database.url, { poolSize: 1 });
    await addUser(db, "a");
    expect(await findByEmail(db, "a")).toHaveLength(1);
    await database.query('alter table "user" add column nickname text');
    expect(await findByEmail(db, "a")).toMatchObject([{ email: "a", nickname: null }]);
    await database.query('alter table "user" drop column nickname');
    expect((await findByEmail(db, "a"))[0]).not.toHaveProperty("nickname");
    await db.destroy();
  });

  test("fail a transaction when that happens within it, with the reason, and the next one works", async () => {
    await using database = await createTestDatabase();
    const db = await openPostgres(database.url, { poolSize: 1 });
    await findByEmail(db, "a");
    await database.query('alter table "user" add column nickname text');
    const inTransaction = () => db.transaction().execute((trx) => findByEmail(trx, "a"));
    await expect(inTransaction()).rejects.toThrow("cached plan must not change result type");
    expect(await inTransaction()).toEqual([]);
    await db.destroy();
  });
});
