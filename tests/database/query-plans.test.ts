import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { fillTables, largeTables, smallTables } from "../support/large-database.ts";
import { openExplained } from "./query-plans.ts";
import { auditStatements } from "./statements/audit.ts";
import { credentialsStatements } from "./statements/credentials.ts";
import { deliveryAndOperationStatements } from "./statements/delivery-and-operation.ts";
import { notificationStatements } from "./statements/notifications.ts";
import { rolesAndOwnRightsStatements } from "./statements/roles-and-own-rights.ts";
import { secondFactorStatements } from "./statements/second-factors.ts";
import { sessionsStatements } from "./statements/sessions.ts";
import { usersStatements } from "./statements/users.ts";

const source = join(import.meta.dirname, "../../packages/server/src");

/** Where the rows of `pgboss.job` and those of `notification_delivery` are. */
const filledPartitions: readonly string[] = ["job_common", "notification_delivery_2030_02"];

const calls = {
  ...auditStatements,
  ...credentialsStatements,
  ...deliveryAndOperationStatements,
  ...notificationStatements,
  ...rolesAndOwnRightsStatements,
  ...secondFactorStatements,
  ...sessionsStatements,
  ...usersStatements,
};

describe.skipIf(postgresUnreachable)("no statement reads a table whole that has 100,000 rows", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillTables(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.for(
    Object.entries(calls).flatMap(([file, ofFile]) =>
      Object.entries(ofFile).map(([name, call]) => ({ file, name, call })),
    ),
  )("$file: $name", async ({ call }) => {
    await using opened = await openExplained(database.url);
    const trx = await opened.db.startTransaction().execute();
    await call(trx);
    const reads = opened
      .takeWholeReads()
      .filter(({ table }) => largeTables.includes(table) || filledPartitions.includes(table));
    await trx.rollback().execute();
    expect(reads).toEqual([]);
  });

  test("every store of the server is among them", () => {
    const files = globSync("**/{store,*-store}.ts", { cwd: source }).sort();
    expect(Object.keys(calls).sort()).toEqual(files);
  });

  test("every table is filled, or named as one that stays small", async () => {
    const found = await database.query(
      `select relname as table_name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const names = found.map((row) => String(row["table_name"])).filter((name) => !name.startsWith("kysely_"));
    const own = largeTables.filter((table) => !table.includes("."));
    expect(names.sort()).toEqual([...own, ...smallTables].sort());
  });
});
