import { runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { createMigrator } from "../../packages/server/src/database/migrate.ts";
import { drivers, openEmpty } from "./drivers.ts";

test.each(drivers)(
  "on %s the upgrade marks accounts with a key older than their proof as not vouched for, and no others",
  async (driver) => {
    await using opened = await openEmpty(driver);
    const migrator = createMigrator(opened.db);
    const names = (await migrator.getMigrations()).map(({ name }) => name);
    const last = names.filter((name) => name < "0016").at(-1) ?? "";
    expect((await migrator.migrateTo(last)).error).toBeUndefined();
    await runSql(
      opened.db,
      `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at, email_verified_at)
        select gen_random_uuid(), name, name, 'en', 'active', '{}', '2026-01-01', '2026-01-01', proven::timestamptz
          from (values ('unproven', null), ('key-before', '2026-01-03'), ('key-after', '2026-01-03'), ('no-key', '2026-01-03'))
            as account (name, proven)`,
    );
    await runSql(
      opened.db,
      `insert into api_key (public_id, user_id, name, prefix, digest, scopes, created_at, expires_at)
        select gen_random_uuid(), id, 'key', 'p', convert_to(email, 'UTF8'), '{}', made::timestamptz, '2027-01-01'
          from "user" join (values ('key-before', '2026-01-02'), ('key-after', '2026-01-04')) as key (name, made)
            on key.name = email`,
    );
    await runSql(
      opened.db,
      `insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered,
          methods, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at)
        select gen_random_uuid(), id, '', 0, created_at, true, '{pwd}', ip, 'Firefox', created_at + after::interval,
            created_at, created_at, created_at
          from "user", (values ('203.0.113.7', '1 second'), ('203.0.113.8', '1 day')) as sign_in (ip, after)`,
    );
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    const { rows } = await runSql(
      opened.db,
      `select email, unvouched, registered_ip, registered_user_agent from "user" order by email`,
    );
    const nowhere = { registered_ip: null, registered_user_agent: null };
    expect(rows).toEqual([
      { email: "key-after", unvouched: false, ...nowhere },
      { email: "key-before", unvouched: true, ...nowhere },
      { email: "no-key", unvouched: false, ...nowhere },
      { email: "unproven", unvouched: false, registered_ip: "203.0.113.7", registered_user_agent: "Firefox" },
    ]);
  },
);
