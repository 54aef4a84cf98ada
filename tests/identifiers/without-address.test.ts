import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { eraseUser } from "../../packages/server/src/user/deletion/erase.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { askForApiKey } from "../support/api-keys.ts";
import { addMember, createGroup } from "../support/groups.ts";
import { settle } from "../support/mailbox.ts";
import { askForExport, deactivate, deleteAccount } from "../support/own-data.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { registerByUsername, withUsernames } from "../support/usernames.ts";
import { createWebhook, insideReceivers, receiveRequests, startReceiver } from "../support/webhooks.ts";

const server = shareGatehouse({ environment: { ...withUsernames, ...insideReceivers } });

const query = async (text: string) => (await runSql(server().gatehouse.deps.db, text)).rows;

/** The messages that were sent by now. */
async function countMessages(): Promise<number> {
  await settle(server());
  return (await query("select from outbox_message")).length;
}

describe("an account without an address", () => {
  test.each(["password/forgot", "magic-link"])("gets nothing from auth/%s, whatever is sent", async (path) => {
    const { username } = await registerByUsername(server().url);
    const before = await countMessages();
    const answer = await rest(server().url, `/v1/auth/${path}`, { body: { email: `${username}@example.com` } });
    expect(answer.status).toBe(204);
    expect((await rest(server().url, `/v1/auth/${path}`, { body: { email: username } })).status).toBe(400);
    expect(await countMessages()).toBe(before);
  });

  test("is refused what a mail or a proven address is the point of, with what to do", async () => {
    const { url } = server();
    const account = await registerByUsername(url);
    const { accessToken: token } = account;
    const answers = [
      await rest(url, "/v1/auth/email/verification", { method: "POST", token }),
      await askForExport(url, account),
      await askForApiKey(url, account),
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([403, "EMAIL_MISSING"]);
  });

  test("proves itself again by its password alone", async () => {
    const { url, clock } = server();
    const { username, password } = await registerByUsername(url);
    const signedIn = await rest(url, "/v1/auth/login", { body: { identifier: username, password } });
    const token = signedIn.body.session.accessToken;
    clock.advance(901);
    const body = { email: "somewhere@example.com" };
    const refused = await rest(url, "/v1/auth/email/change", { token, body });
    // The access token has run out with the proof.
    expect(refused.status).toBe(401);
    const refreshed = await rest(url, "/v1/auth/refresh", {
      body: { refreshToken: signedIn.body.session.refreshToken },
    });
    const later = await rest(url, "/v1/auth/email/change", { token: refreshed.body.session.accessToken, body });
    expect(later.body).toMatchObject({ code: "STEP_UP_REQUIRED", methods: ["pwd"] });
  });

  test("signs in from anywhere and changes its password without a notice", async () => {
    const { url } = server();
    const { username, password, accessToken: token } = await registerByUsername(url);
    const before = await countMessages();
    const login = { identifier: username, password };
    const elsewhere = await rest(url, "/v1/auth/login", { body: login, headers: { "user-agent": "Elsewhere/1.0" } });
    expect(elsewhere.status).toBe(200);
    const change = { currentPassword: password, newPassword: "another horse staple" };
    expect((await rest(url, "/v1/auth/password", { method: "PUT", token, body: change })).status).toBe(204);
    expect(await countMessages()).toBe(before);
  });

  test("keeps a username", async () => {
    const { url } = server();
    const { accessToken: token, userId } = await registerByUsername(url);
    const admin = await registerWithRoles(server());
    const own = await rest(url, "/v1/users/me", { method: "PATCH", token, body: { username: null } });
    const byAdmin = { method: "PATCH", token: admin.accessToken, body: { username: null } };
    for (const { status, body } of [own, await rest(url, `/v1/users/${userId}`, byAdmin)]) {
      expect([status, body.code, body.errors[0].path]).toEqual([400, "INVALID_INPUT", "username"]);
    }
    const renamed = await rest(url, "/v1/users/me", { method: "PATCH", token, body: { username: "renamed" } });
    expect(renamed.body).toMatchObject({ username: "renamed", email: null });
  });

  test("keeps its password and its sessions where an administrator requires another by mail", async () => {
    const { url } = server();
    const { accessToken: token, userId } = await registerByUsername(url);
    const admin = await registerWithRoles(server());
    const path = `/v1/users/${userId}/require-password-change`;
    const { status, body } = await rest(url, path, { method: "POST", token: admin.accessToken });
    expect([status, body.code]).toEqual([403, "EMAIL_MISSING"]);
    expect((await rest(url, "/v1/users/me", { token })).status).toBe(200);
  });

  test("is found, read and listed by administrators, also as a member of a group", async () => {
    const { url } = server();
    const { accessToken: token } = await registerWithRoles(server());
    const { username, userId } = await registerByUsername(url, { familyName: "Quillfeather" });
    const found = await rest(url, `/v1/users?search=${username.slice(2, 9)}`, { token });
    expect(found.body.items).toMatchObject([{ id: userId, email: null }]);
    expect((await rest(url, "/v1/users?search=quillf", { token })).body.items).toMatchObject([{ id: userId }]);
    expect((await rest(url, `/v1/users/${userId}`, { token })).body).toMatchObject({ email: null, username });
    const group = await createGroup(url, { accessToken: token });
    await addMember(url, { accessToken: token }, { id: group, userId });
    const members = await rest(url, `/v1/groups/${group}/members`, { token });
    expect(members.body.items).toMatchObject([{ userId, email: null, username }]);
    const impersonated = await rest(url, `/v1/users/${userId}/impersonate`, { method: "POST", token, body: {} });
    expect([impersonated.status, impersonated.body.user.email]).toEqual([200, null]);
  });

  test.each(["email", "-email"])("has a place in the pages of a list by %s", async (sort) => {
    const { url } = server();
    const { accessToken: token } = await registerWithRoles(server());
    for (let account = 0; account < 3; account++) await registerByUsername(url);
    const listed: { id: string; email: string | null }[] = [];
    let cursor = "";
    do {
      const { body } = await rest(url, `/v1/users?sort=${sort}&limit=2${cursor}`, { token });
      listed.push(...body.items);
      cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
    } while (cursor !== "");
    const all = await query('select from "user" where deleted_at is null');
    expect(new Set(listed.map(({ id }) => id)).size).toBe(all.length);
    const isWithout = listed.map(({ email }) => email === null);
    const sorted = isWithout.toSorted((one, other) => Number(other) - Number(one));
    expect(isWithout).toEqual(sort === "email" ? sorted : sorted.toReversed());
  });

  test("deactivates and deletes itself without a mail, and is erased", async () => {
    const { url, gatehouse } = server();
    const before = await countMessages();
    expect((await deactivate(url, await registerByUsername(url))).status).toBe(204);
    const account = await registerByUsername(url);
    expect((await deleteAccount(url, account)).status).toBe(204);
    expect(await countMessages()).toBe(before);
    const [row] = await query(`select id from "user" where public_id = '${account.userId}'`);
    const later = new Date("2100-01-01");
    expect(await eraseUser({ ...gatehouse.deps, call: systemCall }, String(row?.["id"]), later)).toBe(true);
    expect(await query(`select from "user" where public_id = '${account.userId}'`)).toEqual([]);
  });

  // The last, as its receiver closes.
  test("is published to webhooks with null for its address", async () => {
    await using receiver = await startReceiver();
    const admin = await registerWithRoles(server());
    await createWebhook(server(), admin, { url: receiver.url, events: ["user.created"] });
    const { userId } = await registerByUsername(server().url);
    const requests = await receiveRequests(receiver, 1);
    expect(requests.map(({ event }) => event.data)).toMatchObject([{ id: userId, email: null }]);
  });
});
