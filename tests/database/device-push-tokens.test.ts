import { runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { createMigrator } from "../../packages/server/src/database/migrate.ts";
import { drivers, openEmpty } from "./drivers.ts";

test.each(drivers)(
  "on %s a push token that several devices shared stays with the active one that was changed last",
  async (driver) => {
    await using opened = await openEmpty(driver);
    const { db } = opened;
    const migrator = createMigrator(db);
    await migrator.migrateTo("0014-first-use");
    const insert = (name: string, token: string | null, { active = true, changed = 1 }) =>
      runSql(
        db,
        `insert into device (public_id, installation_id, platform, push_token, active, created_at, updated_at, last_seen_at)
        values (gen_random_uuid(), '${name}', 'ios', ${token === null ? "null" : `'${token}'`}, ${active}, now(),
          '2030-01-0${changed}', now())`,
      );
    await insert("older", "shared", { changed: 1 });
    await insert("newest", "shared", { changed: 3 });
    await insert("inactive", "shared", { active: false, changed: 4 });
    await insert("logged-out", "idle", { active: false });
    await insert("alone", "own", {});
    await insert("none-1", null, {});
    await insert("none-2", null, {});
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    const { rows } = await runSql(db, "select installation_id from device where push_token is not null order by id");
    expect(rows.map((row) => row["installation_id"])).toEqual(["newest", "logged-out", "alone"]);
    await expect(runSql(db, "update device set push_token = 'own' where push_token is not null")).rejects.toThrow(
      /device_push_token_key/,
    );
  },
);
