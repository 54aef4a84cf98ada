import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { operatorCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { writeContent } from "../../packages/server/src/user/export/content.ts";
import { exportUser } from "../../packages/server/src/user/export/operator.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { picture, upload } from "../support/images.ts";
import { changeAddress, registerProven } from "../support/links.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { askForExport, deleteAccount, downloadExport } from "../support/own-data.ts";
import { addPasskey } from "../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, login } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { linkIdentity } from "../support/social/native.ts";

const invalidLink = { status: 400, body: { code: "EXPORT_TOKEN_INVALID" } };

/** Columns that a copy leaves out: internal ids, secrets and their digests, and forms that repeat others. */
const withheld: Readonly<Record<string, readonly string[]>> = {
  user: [
    "email_canonical",
    "username_canonical",
    "username_skeleton",
    "avatar_id",
    "device_trust_after",
    "search_text",
  ],
  password: ["user_id", "hash", "version"],
  session: [
    "user_id",
    "refresh_key",
    "refresh_counter",
    "attempt_digest",
    "changed_at",
    "impersonator_id",
    "impersonator_session_id",
  ],
  device: ["user_id", "secret_digest"],
  api_key: ["user_id", "digest"],
  passkey: ["user_id", "credential_id", "public_key"],
  identity: ["user_id", "tokens"],
  one_time_token: ["id", "user_id", "target_canonical", "slot", "digest", "nonce"],
  password_recovery: ["user_id", "digest", "code_digest"],
  data_export: ["user_id", "digest"],
  picture: ["user_id", "delete_after"],
  totp: ["user_id", "public_id", "secret", "last_step"],
  recovery_code: ["id", "user_id", "digest"],
  sign_in_challenge: ["user_id", "digest", "password_version", "sealed", "code_digest"],
};

/** The list of a copy that has a table's rows, or the object. */
const placeOf: Readonly<Record<string, string>> = {
  user: "account",
  password: "password",
  session: "sessions",
  device: "devices",
  api_key: "apiKeys",
  passkey: "passkeys",
  identity: "identities",
  one_time_token: "links",
  password_recovery: "recoveries",
  data_export: "exports",
  picture: "picture",
  totp: "authenticator",
  recovery_code: "recoveryCodes",
  sign_in_challenge: "waitingSignIns",
};

const camelCase = (column: string) =>
  column === "public_id" ? "id" : column.replaceAll(/_([a-z])/g, (_text, letter: string) => letter.toUpperCase());

describe("a copy of a user's data", () => {
  const server = shareGatehouse();
  const receiveLink = (email: string) => receiveToken(server(), email, "export-ready");

  test("is collected by a job, mailed as a link, and has what the user did and holds", async () => {
    const { url } = server();
    const device = { installationId: crypto.randomUUID(), platform: "ios", name: "Phone of Ada" };
    const account = await registerProven(server(), { givenName: "Ada", device });
    const { prefix } = await makeApiKey(url, account);
    await addPasskey(server(), account, { name: "Passkey of Ada" });
    const asked = await askForExport(url, account);
    expect(asked).toMatchObject({ status: 202, body: { sentTo: account.email } });
    const { status, body, headers } = await downloadExport(url, await receiveLink(account.email));
    expect(status).toBe(200);
    expect(headers.get("content-disposition")).toContain("attachment");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({
      account: { id: account.userId, email: account.email, givenName: "Ada" },
      password: { createdAt: expect.any(String) },
      sessions: [{ methods: ["pwd"] }],
      devices: [{ name: "Phone of Ada" }],
      apiKeys: [{ prefix }],
      passkeys: [{ name: "Passkey of Ada", backupEligible: false }],
      groups: [],
      exports: [{ requestedAt: expect.any(String) }],
      activity: expect.arrayContaining([expect.objectContaining({ action: "user.export_requested" })]),
    });
  });

  test("has the picture that the user shows", async () => {
    const { url } = server();
    const account = await registerProven(server());
    const { body: user } = await upload(url, account, await picture());
    await askForExport(url, account);
    const { body: copy } = await downloadExport(url, await receiveLink(account.email));
    expect(copy.account.avatarHash).toBe(new URL(user.avatarUrl).searchParams.get("hash"));
    const { width, format } = await sharp(Buffer.from(copy.picture.files["256"], "base64")).metadata();
    expect([copy.picture.mediaType, width, format]).toEqual(["image/webp", 256, "webp"]);
  });

  test("is there once, also if others open the link at the same time", async () => {
    const { url, gatehouse } = server();
    const account = await registerProven(server());
    await askForExport(url, account);
    const token = await receiveLink(account.email);
    const answers = await Promise.all([1, 2, 3, 4].map(() => downloadExport(url, token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400]);
    expect(await downloadExport(url, token)).toMatchObject(invalidLink);
    const left = `select from data_export e join "user" u on u.id = e.user_id where u.public_id = '${account.userId}'`;
    expect((await runSql(gatehouse.deps.db, left)).rows).toEqual([]);
  });

  test("is sealed where it is stored", async () => {
    const { url, gatehouse } = server();
    const account = await registerProven(server());
    await askForExport(url, account);
    await receiveLink(account.email);
    const { rows } = await runSql(gatehouse.deps.db, "select encode(sealed, 'hex') as sealed from data_export_part");
    expect(rows.length).toBeGreaterThan(0);
    const gzip = "1f8b08";
    for (const row of rows) expect(JSON.stringify(row)).not.toContain(gzip);
  });

  test("is gone after a week", async () => {
    const { url, clock } = server();
    const account = await registerProven(server());
    await askForExport(url, account);
    const token = await receiveLink(account.email);
    clock.advance(7 * 24 * 60 * 60 + 1);
    expect(await downloadExport(url, token)).toMatchObject(invalidLink);
  });

  test("is refused to an unproven address, without a recent proof, and to a session that ended", async () => {
    const { url, clock } = server();
    const account = await registerAccount(url);
    expect(await askForExport(url, account)).toMatchObject({ status: 403, body: { code: "EMAIL_NOT_VERIFIED" } });
    clock.advance(15 * 60 + 1);
    const { body } = await rest(url, "/v1/auth/refresh", { body: { refreshToken: account.refreshToken } });
    expect(await askForExport(url, body.session)).toMatchObject({ status: 403, body: { code: "STEP_UP_REQUIRED" } });
    await rest(url, "/v1/auth/logout", { method: "POST", token: body.session.accessToken });
    expect((await askForExport(url, body.session)).status).toBe(401);
  });

  test.each(["", "no-token", "a".repeat(43), 7, null, { a: 1 }])("a wrong token brings nothing: %j", async (token) => {
    const { status, body } = await rest(server().url, "/v1/exports/download", { body: { token } });
    expect({ status, code: body.code }).toEqual({
      status: 400,
      code: typeof token === "string" ? "EXPORT_TOKEN_INVALID" : "INVALID_INPUT",
    });
  });

  test("ends when a change of address is undone, since a thief may have asked for it", async () => {
    const { url } = server();
    const account = await registerProven(server());
    const email = await changeAddress(server(), account);
    const undo = await receiveToken(server(), account.email, "email-changed");
    await askForExport(url, account);
    const token = await receiveLink(email);
    expect((await rest(url, "/v1/auth/email/undo-change", { body: { token: undo } })).status).toBe(204);
    expect(await downloadExport(url, token)).toMatchObject(invalidLink);
  });

  test("ends when the address changes, or when an operator disables or deletes the account", async () => {
    const { url } = server();
    const { accessToken: token } = await registerWithRoles(server());
    const endings: ((account: Account) => Promise<unknown>)[] = [
      (account) => changeAddress(server(), account),
      ({ userId }) => rest(url, `/v1/users/${userId}/disable`, { token, body: { reason: "stolen" } }),
      ({ userId }) => rest(url, `/v1/users/${userId}`, { token, method: "DELETE" }),
    ];
    for (const end of endings) {
      const account = await registerProven(server());
      await askForExport(url, account);
      const link = await receiveLink(account.email);
      await end(account);
      expect(await downloadExport(url, link)).toMatchObject(invalidLink);
    }
  });

  test("stays when its user leaves", async () => {
    const account = await registerProven(server());
    await askForExport(server().url, account);
    const link = await receiveLink(account.email);
    await deleteAccount(server().url, account);
    expect((await downloadExport(server().url, link)).status).toBe(200);
  });

  test("does not say from where an administrator acted in the user's name", async () => {
    const { url } = server();
    const [admin, account] = [await registerWithRoles(server()), await registerProven(server())];
    const headers = { "user-agent": "Browser of the administrator" };
    await rest(url, `/v1/users/${account.userId}/impersonate`, { token: admin.accessToken, body: {}, headers });
    await askForExport(url, account);
    const { body } = await downloadExport(url, await receiveLink(account.email));
    const acted = body.sessions.find(({ impersonated }: { readonly impersonated: boolean }) => impersonated);
    expect(acted).toMatchObject({ ip: null, userAgent: null });
    expect(JSON.stringify(body)).not.toContain("Browser of the administrator");
  });

  test("has every column of the tables about users but those that are withheld", async () => {
    const { url, gatehouse } = server();
    const device = { installationId: crypto.randomUUID(), platform: "ios" };
    const account = await registerProven(server(), { device });
    await makeApiKey(url, account);
    await addAuthenticator(server(), account.accessToken);
    await login(server(), account);
    await addPasskey(server(), account, { name: "Passkey of Ada" });
    await linkIdentity(server(), account.accessToken);
    await upload(url, account, await picture());
    await rest(url, "/v1/auth/magic-link", { body: { email: account.email } });
    // Only an account without an address gets one, and such an account gets no copy by mail.
    await runSql(
      gatehouse.deps.db,
      `insert into password_recovery (public_id, digest, user_id, phone, code_digest, created_at, expires_at)
       select gen_random_uuid(), 'a', id, '+34600000000', 'b', now(), now() from "user" where public_id = '${account.userId}'`,
    );
    await settle(server());
    await askForExport(url, account);
    const { body: copy } = await downloadExport(url, await receiveLink(account.email));
    const { rows } = await runSql(
      gatehouse.deps.db,
      // Where there is a public id, it has the name of the internal one.
      `select table_name::text as "table", column_name::text as "column" from information_schema.columns c
        where table_schema = 'public' and table_name in (${Object.keys(placeOf).map((name) => `'${name}'`)})
          and not (column_name = 'id' and exists (select from information_schema.columns
            where table_name = c.table_name and column_name = 'public_id'))`,
    );
    for (const { table, column } of rows as readonly { table: string; column: string }[]) {
      const place = copy[placeOf[table] ?? ""];
      const row = Array.isArray(place) ? place[0] : place;
      const isExported = row !== undefined && camelCase(column) in row;
      expect([table, column, isExported]).toEqual([table, column, !withheld[table]?.includes(column)]);
    }
  });

  test("is written in pieces, however many rows there are", async () => {
    await using own = await startGatehouse({ environment: { JOBS: "off" } });
    const { userId } = await registerAccount(own.url);
    const { deps } = own.gatehouse;
    const { db } = deps;
    await runSql(
      db,
      `insert into audit_event (at, action, actor_kind, actor_id, target_kind, target_id, personal)
        select now(), 'user.updated', 'user', '${userId}', 'user', '${userId}', '{}' from generate_series(1, 1200)`,
    );
    const user = await db.selectFrom("user").selectAll().executeTakeFirstOrThrow();
    const pieces: string[] = [];
    for await (const piece of writeContent(deps, user)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(10);
    expect(JSON.parse(pieces.join("")).activity.length).toBeGreaterThanOrEqual(1200);
    const forOperator: string[] = [];
    const operated = { ...deps, call: operatorCall };
    for await (const piece of exportUser(operated, userId)) forOperator.push(piece);
    expect(JSON.parse(forOperator.join("")).account.id).toBe(userId);
    await expect(exportUser(operated, crypto.randomUUID()).next()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
