import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { eraseDeletedAccounts, eraseUser } from "../../packages/server/src/user/deletion/erase.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { addMember, createGroup } from "../support/groups.ts";
import { picture, upload } from "../support/images.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { askForExport, deleteAccount, undoDeletion } from "../support/own-data.ts";
import { addPasskey } from "../support/passkeys.ts";
import { rest } from "../support/rest.ts";
import { addAuthenticator, login } from "../support/second-factor.ts";

const daySeconds = 24 * 60 * 60;

/** What becomes of each table's rows about a person. A new table is listed here once erasure has been thought of. */
const erasure: Readonly<Record<string, string>> = {
  account_day: "about nobody",
  account_deletion: "deleted with the user",
  active_account: "deleted within two days; it has public ids, as events have",
  api_key: "deleted with the user",
  audit_chain: "about nobody",
  audit_checkpoint: "about nobody",
  audit_event: "kept without its personal part",
  audit_key: "about nobody",
  audit_link: "kept without the salts of what was personal",
  bulk_operation: "holds no address or filter once it ended; deleted 90 days later",
  bulk_target: "deleted with the user",
  data_export: "deleted with the user",
  data_export_part: "deleted with its export",
  device: "deleted with the user",
  group: "about nobody",
  group_member: "deleted with the user",
  identity: "deleted with the user",
  limit_counter: "expires within a day; its keys are digests",
  mail_pace: "expires within days; its keys are digests",
  notification: "sealed, with the public id of its sender, as events have; expires after NOTIFICATION_RETENTION_DAYS",
  notification_delivery: "has internal ids, which name nobody then; expires after NOTIFICATION_RETENTION_DAYS",
  one_time_token: "deleted with the user",
  outbox_message: "deleted by recipient; empty in production",
  passkey: "deleted with the user",
  passkey_handle: "deleted with the user",
  password: "deleted with the user",
  password_recovery: "deleted with the user",
  pending_registration: "deleted by address",
  picture: "deleted by the job that erasure enqueues",
  picture_content: "deleted with its picture",
  push_service_pause: "about nobody",
  recovery_code: "deleted with the user",
  role: "about nobody",
  session: "deleted with the user",
  sign_in_challenge: "deleted with the user",
  sign_in_code: "deleted with the user",
  signing_key: "about nobody",
  spent_passkey_challenge: "about nobody; expires within minutes",
  subscription_ticket: "deleted with its session",
  totp: "deleted with the user",
  user: "deleted",
  user_import: "about files, not people",
  webhook: "about nobody",
  webhook_delivery: "expires with its event",
  webhook_event: "sealed; expires after WEBHOOK_RETENTION_DAYS",
  webhook_secret: "about nobody",
};

const attempt = { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal };

/** Runs the nightly job now. */
function eraseDue({ gatehouse: { deps } }: TestGatehouse, signal = attempt.signal): Promise<void> {
  return eraseDeletedAccounts({ ...deps, call: systemCall }, {}, { ...attempt, signal });
}

const rowsOf = async ({ gatehouse }: TestGatehouse, statement: string) =>
  (await runSql(gatehouse.deps.db, statement)).rows as readonly Readonly<Record<string, unknown>>[];

const tableNames = `select relname::text as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    and relname not like 'kysely%' order by 1`;

/** Every row of every table, as text. */
async function readEverything(server: TestGatehouse): Promise<string> {
  const names = (await rowsOf(server, tableNames)).map(({ name }) => String(name));
  const texts = names.map(async (name) => JSON.stringify(await rowsOf(server, `select t::text from "${name}" t`)));
  return (await Promise.all(texts)).join("\n");
}

/** An account with something in every table that holds anything about people. */
async function registerWithEverything(server: TestGatehouse) {
  const admin = await registerWithRoles(server);
  const device = {
    installationId: "installation-of-lovelace",
    platform: "ios",
    name: "Phone of Lovelace",
    pushService: "fcm",
    pushToken: "push-lovelace",
  };
  const names = { givenName: "Lovelace-Given", familyName: "Lovelace-Family", username: "lovelace.unique", device };
  const account = await registerProven(server, { email: "lovelace.unique@example.com", ...names });
  await makeApiKey(server.url, account, { name: "Key of Lovelace" });
  await addAuthenticator(server, account.accessToken);
  await login(server, account);
  await addPasskey(server, account, { name: "Passkey of Lovelace" });
  await addMember(server.url, admin, { id: await createGroup(server.url, admin), userId: account.userId });
  await rest(server.url, "/v1/auth/subscription-tickets", { method: "POST", token: account.accessToken });
  await rest(server.url, "/v1/users/me", {
    method: "PATCH",
    token: account.accessToken,
    body: { familyName: "Lovelace-New", timeZone: "Europe/London", publicMetadata: { of: "Lovelace" } },
  });
  await upload(server.url, account, await picture());
  await askForExport(server.url, account);
  await settle(server);
  return { account, admin };
}

describe("the erasure of a deleted account", () => {
  test("this test covers every table", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const names = (await rowsOf(server, tableNames)).map(({ name }) => name);
    expect(names).toEqual(Object.keys(erasure).toSorted());
  });

  test("leaves nothing of the person, in no table, but events without anything personal", async () => {
    await using server = await startGatehouse();
    const { account, admin } = await registerWithEverything(server);
    expect(await readEverything(server)).toMatch(/Lovelace/);
    await deleteAccount(server.url, account);
    await settle(server);
    server.clock.advance(31 * daySeconds);
    await eraseDue(server);
    await settle(server);
    expect(await rowsOf(server, "select from picture union all select from picture_content")).toEqual([]);
    const left = await readEverything(server);
    expect(left).not.toMatch(/lovelace/i);
    // Events keep the id of the session, with which the token begins.
    expect(left).not.toContain(account.refreshToken.split(".").at(-1));
    const events = await rowsOf(
      server,
      `select personal::text from audit_event
        where action <> 'user.erased' and (actor_id = '${account.userId}' or target_id = '${account.userId}')`,
    );
    expect(events.length).toBeGreaterThan(0);
    expect(new Set(events.map(({ personal }) => personal))).toEqual(new Set(["{}"]));
    expect(await rowsOf(server, `select from "user" where public_id = '${admin.userId}'`)).toHaveLength(1);
  });

  test("waits until the retention time is over, and skips accounts that were restored", async () => {
    await using server = await startGatehouse();
    const [gone, restored] = [await registerProven(server), await registerProven(server)];
    for (const account of [gone, restored]) await deleteAccount(server.url, account);
    const token = await receiveToken(server, restored.email, "account-deleted");
    server.clock.advance(29 * daySeconds);
    await eraseDue(server);
    expect(await rowsOf(server, `select from "user"`)).toHaveLength(2);
    expect((await undoDeletion(server.url, token)).status).toBe(200);
    server.clock.advance(2 * daySeconds);
    await eraseDue(server);
    expect(await rowsOf(server, `select public_id::text from "user"`)).toEqual([{ public_id: restored.userId }]);
  });

  test("erases an account once, and none that is not deleted", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { deps } = server.gatehouse;
    const { userId } = await registerWithRoles(server, []);
    const [user] = await rowsOf(server, `select id::text from "user" where public_id = '${userId}'`);
    const erase = () => eraseUser({ ...deps, call: systemCall }, String(user?.["id"]), new Date("2100-01-01"));
    expect(await erase()).toBe(false);
    await runSql(deps.db, `update "user" set deleted_at = now()`);
    const results = await Promise.all([erase(), erase(), erase()]);
    expect(results.toSorted()).toEqual([false, false, true]);
  });

  test("goes on where a run was ended, and does not stop at an account that fails", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { db } = server.gatehouse.deps;
    await runSql(
      db,
      `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at, deleted_at)
        select gen_random_uuid(), n || '@gone.example', n || '@gone.example', 'en', 'active', '{}', now(), now(), '2000-01-01'
        from generate_series(1, 250) n`,
    );
    await expect(eraseDue(server, AbortSignal.abort())).rejects.toThrow();
    await runSql(db, `create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$`);
    await runSql(
      db,
      `create trigger refuse before delete on "user" for each row when (old.email = '7@gone.example') execute function refuse()`,
    );
    await expect(eraseDue(server)).rejects.toThrow("1 deleted accounts could not be erased");
    expect(await rowsOf(server, `select email from "user"`)).toEqual([{ email: "7@gone.example" }]);
    await runSql(db, `drop trigger refuse on "user"`);
    await eraseDue(server);
    expect(await rowsOf(server, `select from "user"`)).toEqual([]);
  });
});
