import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { rest } from "../support/rest.ts";
import { addAuthenticator, login } from "../support/second-factor.ts";
import { handOver, newPkce } from "../support/sign-in-codes.ts";
import { linkIdentity } from "../support/social/native.ts";
import { registerAsStranger } from "../support/stranger.ts";

/** How many rows of each table that belongs to a user still open something, or would. */
const liveRows: Readonly<Record<string, string>> = {
  api_key: "select count(*) from api_key where revoked_at is null",
  data_export: "select count(*) from data_export",
  data_export_part: "select count(*) from data_export_part",
  device: "select count(*) from device where user_id is not null or push_token is not null or active",
  identity: "select count(*) from identity",
  // The link to another password goes to the holder of the address.
  one_time_token: "select count(*) from one_time_token where purpose <> 'reset_password'",
  passkey: "select count(*) from passkey",
  passkey_handle: "select count(*) from passkey_handle",
  password: "select count(*) from password",
  picture: "select count(*) from picture where delete_after is null",
  picture_content:
    "select count(*) from picture_content c join picture p on p.id = c.picture_id where p.delete_after is null",
  recovery_code: "select count(*) from recovery_code",
  session: "select count(*) from session where revoked_at is null",
  sign_in_challenge: "select count(*) from sign_in_challenge",
  sign_in_code: "select count(*) from sign_in_code where used_at is null",
  subscription_ticket:
    "select count(*) from subscription_ticket t join session s on s.id = t.session_id where s.revoked_at is null",
  totp: "select count(*) from totp",
};

/** Tables of users in which a stranger can leave nothing, each with the reason. */
const foreignTables: Readonly<Record<string, string>> = {
  account_deletion: "A deleted account has no links, so that nobody can disown it",
  bulk_target: "Administrators decide what becomes of an account, and an owner cannot undo it",
  password_recovery: "Belongs to accounts without an address, so no proof of an address can find any",
  group_member: "Administrators decide who is in a group, as they do about roles",
};

/** Columns of the user that say nothing that the stranger said. */
const keptColumns = [
  ...["id", "public_id", "email", "email_canonical", "email_verified_at", "unvouched"],
  // The language of the mails, and what administrators and the app decide.
  ...["locale", "status", "roles", "private_metadata", "created_at", "updated_at", "deleted_at"],
  // It repeats other columns.
  "search_text",
  // When the second factor ended, and which there are: none.
  ...["device_trust_after", "second_factors"],
];

const select = async ({ gatehouse }: TestGatehouse, statement: string) =>
  (await runSql(gatehouse.deps.db, statement)).rows as readonly Readonly<Record<string, unknown>>[];

/** Tables whose rows point to a user, or to a row that does, and those with a column that says that they belong to one. */
const tablesOfUsers = `
  with recursive owned as (
    select '"user"'::regclass::oid as id
    union
    select c.conrelid from pg_constraint c join owned on c.confrelid = owned.id where c.contype = 'f'
  )
  select relname::text as name from pg_class where oid in (select id from owned) and relname <> 'user'
  union
  select table_name::text from information_schema.columns where table_schema = 'public' and column_name = 'user_id'`;

async function countLive(server: TestGatehouse): Promise<Readonly<Record<string, number>>> {
  const counts = Object.entries(liveRows).map(async ([table, statement]) => {
    const [row] = await select(server, statement);
    return [table, Number(row?.["count"])] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

describe("row 38: a reader who disowns the account removes everything of it", () => {
  test("this test covers every table that belongs to a user", async () => {
    await using server = await startGatehouse();
    const tables = (await select(server, tablesOfUsers)).map(({ name }) => name);
    expect(tables.toSorted()).toEqual([...Object.keys(liveRows), ...Object.keys(foreignTables)].toSorted());
  });

  test("no row of these tables, and no column of the user, keeps what a stranger set up", async () => {
    await using server = await startGatehouse();
    const stranger = await registerAsStranger(server);
    await rest(server.url, "/v1/auth/subscription-tickets", { method: "POST", token: stranger.accessToken });
    await addAuthenticator(server, stranger.accessToken);
    await login(server, stranger);
    await settle(server);
    const headers = { authorization: `Bearer ${stranger.accessToken}` };
    await handOver(server.url, { ...newPkce(), headers, refreshToken: stranger.refreshToken });
    await linkIdentity(server, stranger.accessToken);
    const before = await countLive(server);
    const token = await receiveToken(server, stranger.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "somebody_else" } });
    await settle(server);
    const after = await countLive(server);
    for (const table of Object.keys(liveRows)) {
      expect([table, before[table]]).not.toEqual([table, 0]);
      expect([table, after[table]]).toEqual([table, 0]);
    }
    const [user = {}] = await select(server, `select * from "user"`);
    const left = Object.entries(user).filter(([name, value]) => value !== null && !keptColumns.includes(name));
    expect(left).toEqual([]);
  });
});
