import { runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { createMigrator } from "../../packages/server/src/database/migrate.ts";
import { drivers, openEmpty } from "./drivers.ts";

const apple = "ab".repeat(32);
const shared = `${"12".repeat(31)}ef`;
const subscription = '{"endpoint":"https://push.example.com/a","keys":{"p256dh":"a","auth":"b"}}';

const tokens: readonly (readonly [name: string, platform: string, token: string | null, service: string | null])[] = [
  ["apple", "ios", apple, "apns"],
  ["desktop", "macos", "cd".repeat(40), "apns"],
  ["firebase-on-ios", "ios", "dQw4:APA91b", "fcm"],
  ["android", "android", "ef".repeat(32), "fcm"],
  ["windows", "windows", "any", "fcm"],
  ["browser", "web", subscription, "web_push"],
  ["firebase-in-a-browser", "web", "dQw4:APA91c", "fcm"],
  ["expo", "android", "ExponentPushToken[abc]", "expo"],
  ["expo-on-ios", "ios", "ExpoPushToken[abc]", "expo"],
  ["none", "ios", null, null],
];

test.each(drivers)("on %s the upgrade finds the service of each push token by its form", async (driver) => {
  await using opened = await openEmpty(driver);
  const { db } = opened;
  const migrator = createMigrator(db);
  expect((await migrator.migrateTo("0054-redirect-after-restoration")).error).toBeUndefined();
  const insert = (name: string, platform: string, token: string | null) =>
    runSql(
      db,
      `insert into device (public_id, installation_id, platform, push_token, active, created_at, updated_at, last_seen_at)
        values (gen_random_uuid(), '${name}', '${platform}', ${token === null ? "null" : `'${token}'`}, true, now(),
          '2030-01-0${token === apple ? 1 : 2}', now())`,
    );
  for (const [name, platform, token] of tokens) await insert(name, platform, token);
  await insert("newer", "ios", apple.toUpperCase());
  await insert("copied", "android", shared);
  await insert("copied-again", "ios", shared.toUpperCase());
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  const { rows } = await runSql(
    db,
    `select installation_id as name, push_service as service, push_token as token, muted,
      push_token_set_at is not distinct from case when push_token is null then null else updated_at end as since
      from device order by id`,
  );
  const same = { muted: false, since: true };
  expect(rows).toEqual([
    { name: "apple", service: null, token: null, ...same },
    ...tokens.slice(1).map(([name, , token, service]) => ({ name, service, token, ...same })),
    { name: "newer", service: "apns", token: apple, ...same },
    { name: "copied", service: null, token: null, ...same },
    { name: "copied-again", service: "apns", token: shared, ...same },
  ]);
  for (const change of [
    "push_service = null",
    "push_token_set_at = null",
    "push_service = 'smoke_signals'",
    "push_token = null",
  ]) {
    await expect(runSql(db, `update device set ${change} where installation_id = 'newer'`)).rejects.toThrow(/_check/);
  }
});
