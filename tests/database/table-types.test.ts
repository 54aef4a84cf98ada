// `pnpm db:types` writes the file.
import { fileURLToPath } from "node:url";
import { migrateToLatest, runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { describeTables } from "../../packages/server/src/database/schema-types.ts";
import { drivers, openEmpty } from "./drivers.ts";

const file = fileURLToPath(new URL("../../packages/server/src/database/tables.gen.ts", import.meta.url));

test.each(drivers)(
  "the table types are those of the migrated schema on %s, and differ when the schema changes",
  async (driver) => {
    await using opened = await openEmpty(driver);
    await migrateToLatest(opened.db);
    const types = await describeTables(opened.db);
    await expect(types).toMatchFileSnapshot(file);
    await runSql(opened.db, `alter table "user" add column nickname text`);
    expect(await describeTables(opened.db)).toBe(
      types.replace(/(?<=interface UserTable \{[^}]*)\}/, "  nickname: string | null;\n}"),
    );
    await runSql(
      opened.db,
      `alter table "user" alter column nickname set default 'x', alter column nickname set not null`,
    );
    expect(await describeTables(opened.db)).toContain("  nickname: Generated<string>;\n");
  },
);

test("identities, defaults, nullable columns and lists of literals have types of their own", async () => {
  await using opened = await openEmpty("PGlite");
  await runSql(
    opened.db,
    `create table wide_row (
      id bigint generated always as identity,
      kind text not null check (kind in ('a', 'b')),
      maybe text check (maybe in ('c')),
      count integer not null default 0,
      extra jsonb not null
    )`,
  );
  expect(await describeTables(opened.db)).toContain(`export interface WideRowTable {
  id: GeneratedAlways<string>;
  kind: "a" | "b";
  maybe: "c" | null;
  count: Generated<number>;
  extra: JSONColumnType<Record<string, unknown>>;
}`);
  await runSql(opened.db, "alter table wide_row add column place point");
  await expect(describeTables(opened.db)).rejects.toThrow("No TypeScript type for wide_row.place (point)");
});
