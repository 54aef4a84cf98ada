import { runSql } from "@gatehouse/server/database";
import { pino } from "pino";
import { expect, test } from "vitest";
import { addSeconds } from "../../packages/server/src/clock.ts";
import { deleteExpiredRows } from "../../packages/server/src/purge-expired.ts";
import { drivers } from "../database/drivers.ts";
import { TestClock } from "../support/test-clock.ts";
import { openMigrated } from "./migrated.ts";

const day = 24 * 60 * 60;

const config = {
  anonymousDeviceRetentionDays: 365,
  notificationRetentionDays: 90,
  webhooks: { secretOverlapHours: 24, pauseDays: 5, retentionDays: 30 },
};

test.each(drivers)("on %s the purge finds the sessions that ended among thousands that live", async (driver) => {
  await using opened = await openMigrated(driver);
  const { db } = opened;
  const clock = new TestClock();
  const now = clock.now().toISOString();
  await runSql(
    db,
    `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
    values (gen_random_uuid(), 'a@example.com', 'a@example.com', 'en', 'active', '{}', '${now}', '${now}')`,
  );
  // Every seven hundredth of 2,500 ended a year ago: in the first batch of the purge, in the second and in the last.
  await runSql(
    db,
    `insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered, methods, created_at,
      last_seen_at, idle_expires_at, expires_at)
    select gen_random_uuid(), "user".id, '', 0, '${now}', true, '{pwd}', '${now}', '${now}', ended.at, ended.at
    from "user", generate_series(1, 2500) n, lateral (
      select timestamptz '${now}' + case when n % 700 = 0 then interval '-1 year' else interval '1 year' end as at
    ) ended order by n`,
  );
  const attempt = { id: "purge", number: 1, signal: new AbortController().signal };
  await deleteExpiredRows({ db, clock, config, log: pino({ enabled: false }) }, {}, attempt);
  const { rows } = await runSql(
    db,
    `select count(*)::int as sessions, bool_and(expires_at > '${now}') as live from session`,
  );
  expect(rows).toEqual([{ sessions: 2497, live: true }]);
});

test.each(drivers)(
  "on %s the purge deletes sessions and API keys that ended 90 days ago, and expired tokens and registrations",
  async (driver) => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    const clock = new TestClock();
    const at = (days: number) => `'${addSeconds(clock.now(), days * day).toISOString()}'`;
    await runSql(
      db,
      `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
      values (gen_random_uuid(), 'a@example.com', 'a@example.com', 'en', 'active', '{}', ${at(-400)}, ${at(-400)})`,
    );
    const insertSession = (name: string, { idle = 10, expires = 300, revoked = "null" }) =>
      runSql(
        db,
        `insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered,
          methods, user_agent, created_at, last_seen_at, idle_expires_at, expires_at, revoked_at, revoked_reason)
        select gen_random_uuid(), id, '', 0, ${at(-400)}, true, '{pwd}', '${name}', ${at(-400)}, ${at(-400)},
          ${at(idle)}, ${at(expires)}, ${revoked}, case when ${revoked} is null then null else 'logout' end from "user"`,
      );
    await insertSession("live", {});
    await insertSession("revoked lately", { revoked: `${at(-89)}::timestamptz` });
    await insertSession("revoked long ago", { revoked: `${at(-91)}::timestamptz` });
    await insertSession("idle lately", { idle: -89 });
    await insertSession("idle long ago", { idle: -91 });
    await insertSession("expired long ago", { expires: -91 });
    const insertToken = (slot: string, expiresAt: string) =>
      runSql(
        db,
        `insert into one_time_token (user_id, purpose, target, target_canonical, slot, digest, attempts, created_at, expires_at)
        select id, 'verify_email', 'a@example.com', 'a@example.com', '${slot}', '${slot}', 0, ${at(-2)}, ${expiresAt} from "user"`,
      );
    await insertToken("good", at(1));
    await insertToken("expired", at(-1));
    const insertRegistration = (digest: string, expiresAt: string) =>
      runSql(
        db,
        `insert into pending_registration (public_id, email_canonical, digest, sealed, created_at, expires_at)
        values (gen_random_uuid(), 'b@example.com', '${digest}', '', ${at(-2)}, ${expiresAt})`,
      );
    await insertRegistration("good", at(1));
    await insertRegistration("expired", at(-1));
    await runSql(
      db,
      `insert into password_recovery (public_id, digest, created_at, expires_at)
       values (gen_random_uuid(), 'good', ${at(-2)}, ${at(1)}), (gen_random_uuid(), 'expired', ${at(-2)}, ${at(-1)})`,
    );
    const insertApiKey = (name: string, { expires = 30, revoked = "null" }) =>
      runSql(
        db,
        `insert into api_key (public_id, user_id, name, prefix, digest, scopes, created_at, expires_at, revoked_at)
        select gen_random_uuid(), id, '${name}', '', '${name}', '{profile:read}', ${at(-400)}, ${at(expires)}, ${revoked} from "user"`,
      );
    await insertApiKey("good", {});
    await insertApiKey("expired lately", { expires: -89 });
    await insertApiKey("expired long ago", { expires: -91 });
    await insertApiKey("revoked lately", { revoked: at(-89) });
    await insertApiKey("revoked long ago", { revoked: at(-91) });
    await runSql(
      db,
      `with hook as (
        insert into webhook (public_id, url, events, status, created_at, updated_at)
        values (gen_random_uuid(), 'https://example.com/', '{user.created}', 'active', ${at(-400)}, ${at(-400)}) returning id
      ),
      secret as (
        insert into webhook_secret (public_id, webhook_id, secret, created_at, expires_at)
        select gen_random_uuid(), id, '', ${at(-2)}, given.at from hook,
          (values (null), (${at(-1)}::timestamptz)) given (at)
      ),
      event as (
        insert into webhook_event (public_id, type, payload, created_at)
        select gen_random_uuid(), given.type, '', given.at from
          (values ('old', ${at(-31)}::timestamptz), ('new', ${at(-29)}::timestamptz)) given (type, at) returning id, created_at
      )
      insert into webhook_delivery (public_id, webhook_id, event_id, status, created_at)
      select gen_random_uuid(), hook.id, event.id, 'delivered', event.created_at from hook, event`,
    );
    const attempt = { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal };
    await deleteExpiredRows({ db, clock, log: pino({ enabled: false }), config }, {}, attempt);
    const { rows: sessions } = await runSql(db, "select user_agent from session order by id");
    expect(sessions.map((row) => row["user_agent"])).toEqual(["live", "revoked lately", "idle lately"]);
    const { rows: delivered } = await runSql(
      db,
      "select type from webhook_delivery join webhook_event on webhook_event.id = event_id",
    );
    expect(delivered.map((row) => row["type"])).toEqual(["new"]);
    const { rows: secrets } = await runSql(db, "select expires_at from webhook_secret");
    expect(secrets.map((row) => row["expires_at"])).toEqual([null]);
    const { rows: keys } = await runSql(db, "select name from api_key order by id");
    expect(keys.map((row) => row["name"])).toEqual(["good", "expired lately", "revoked lately"]);
    const { rows: tokens } = await runSql(db, "select slot from one_time_token");
    expect(tokens.map((row) => row["slot"])).toEqual(["good"]);
    const { rows: waiting } = await runSql(db, "select convert_from(digest, 'UTF8') as name from pending_registration");
    expect(waiting.map((row) => row["name"])).toEqual(["good"]);
    const { rows: recoveries } = await runSql(db, "select convert_from(digest, 'UTF8') as name from password_recovery");
    expect(recoveries.map((row) => row["name"])).toEqual(["good"]);
  },
);

test.each(drivers)("on %s the purge keeps the pace of a mailbox whose next turn is ahead", async (driver) => {
  await using opened = await openMigrated(driver);
  const { db } = opened;
  const clock = new TestClock();
  const at = (days: number) => `'${addSeconds(clock.now(), days * day).toISOString()}'`;
  await runSql(
    db,
    `insert into mail_pace (key, sent, next_at, expires_at) values
      ('over', 10, ${at(-2)}, ${at(-1)}), ('ahead', 10, ${at(1)}, ${at(-1)}), ('counting', 1, ${at(-1)}, ${at(1)})`,
  );
  const attempt = { id: "purge", number: 1, signal: new AbortController().signal };
  await deleteExpiredRows({ db, clock, config, log: pino({ enabled: false }) }, {}, attempt);
  const { rows } = await runSql(db, "select key from mail_pace order by key");
  expect(rows).toEqual([{ key: "ahead" }, { key: "counting" }]);
});
