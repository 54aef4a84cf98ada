import { runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { createMigrator } from "../../packages/server/src/database/migrate.ts";
import { drivers, openEmpty } from "./drivers.ts";

test.each(drivers)(
  "on %s the upgrade lets users keep names that look alike, and the oldest account has the skeleton",
  async (driver) => {
    await using opened = await openEmpty(driver);
    const migrator = createMigrator(opened.db);
    const names = (await migrator.getMigrations()).map(({ name }) => name);
    const last = names.filter((name) => name < "0025").at(-1) ?? "";
    expect((await migrator.migrateTo(last)).error).toBeUndefined();
    await runSql(
      opened.db,
      `insert into "user" (public_id, email, email_canonical, username, username_canonical, locale, status, roles,
          created_at, updated_at)
        select gen_random_uuid(), place, place, name, lower(name), 'en', 'active', '{}', now(), now()
          from unnest(array['paul', 'PauI', 'b0b.M', 'mike', null]) with ordinality as account (name, place)
          order by place`,
    );
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    const { rows } = await runSql(opened.db, `select username, username_skeleton from "user" order by id`);
    expect(rows).toEqual([
      { username: "paul", username_skeleton: "paul" },
      { username: "PauI", username_skeleton: null },
      { username: "b0b.M", username_skeleton: "bob.m" },
      { username: "mike", username_skeleton: "rnike" },
      { username: null, username_skeleton: null },
    ]);
  },
);
