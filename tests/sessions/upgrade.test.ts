import { migrateToLatest } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { createMigrator } from "../../packages/server/src/database/migrate.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { drivers, openEmpty } from "../database/drivers.ts";

test.each(drivers)("on %s, sessions from before attempt keys keep their older rule", async (driver) => {
  await using opened = await openEmpty(driver);
  const { db } = opened;
  await createMigrator(db).migrateTo("0014-first-use");
  await runSql(
    db,
    `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
    values (gen_random_uuid(), 'a@example.com', 'a@example.com', 'en', 'active', '{}', now(), now())`,
  );
  const insert = (name: string, confirmed: number) =>
    runSql(
      db,
      `insert into session (public_id, user_id, refresh_key, refresh_counter, confirmed_counter, confirmed_at, remembered,
        methods, user_agent, created_at, last_seen_at, idle_expires_at, expires_at)
      select gen_random_uuid(), id, '', 5, ${confirmed}, '2030-01-01', true, '{pwd}', '${name}', '2030-01-01', '2030-01-01',
        '2030-04-01', '2031-01-01' from "user"`,
    );
  await insert("its newest tokens were used", 5);
  await insert("its newest tokens may have been lost", 4);
  await migrateToLatest(db);
  const sessions =
    "select user_agent, refresh_counter, attempt_digest, rotated_at::date::text from session order by id";
  const common = { refresh_counter: 5, attempt_digest: null };
  expect((await runSql(db, sessions)).rows).toEqual([
    { user_agent: "its newest tokens were used", rotated_at: "2030-01-01", ...common },
    { user_agent: "its newest tokens may have been lost", rotated_at: "2030-04-01", ...common },
  ]);
});
