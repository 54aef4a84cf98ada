import { runSql } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { drivers } from "../database/drivers.ts";
import { openMigrated } from "../jobs/migrated.ts";
import { importAll, importReporting } from "../support/imports.ts";

const users = Array.from({ length: 4000 }, (_, index) => ({ email: `user${index}@example.com` }));

describe.each(drivers)("on %s", (driver) => {
  test("two files with the same users in opposite order add each user once", async () => {
    await using opened = await openMigrated(driver);
    const both = await Promise.all([users, users.toReversed()].map((some) => importReporting(opened.db, some)));
    const sum = (of: "imported" | "refused") => both.reduce((total, { state }) => total + state[of], 0);
    expect([sum("imported"), sum("refused")]).toEqual([4000, 4000]);
  });

  test("a batch that failed by a deadlock is added at the next try", async () => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    // A sequence counts on through a rollback.
    await runSql(db, "create sequence attempt");
    await runSql(
      db,
      `create function deadlock_at_first() returns trigger language plpgsql as $$ begin
        if nextval('attempt') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
        return null;
      end $$`,
    );
    await runSql(db, 'create trigger deadlock after insert on "user" execute function deadlock_at_first()');
    expect(await importAll(db, users.slice(0, 1500))).toMatchObject({ imported: 1500, refused: 0 });
  });
});
