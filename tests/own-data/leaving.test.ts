import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { makeApiKey, readProfile } from "../support/api-keys.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { login } from "../support/logins.ts";
import { messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { deactivate, deleteAccount, undoDeletion } from "../support/own-data.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const daySeconds = 24 * 60 * 60;
const lastAdmin = { status: 409, body: { code: "LAST_ADMIN" } };
const invalidLink = { status: 400, body: { code: "RESTORATION_TOKEN_INVALID" } };

describe("leaving", () => {
  const server = shareGatehouse();
  const me = (token: string) => rest(server().url, "/v1/users/me", { token });
  const signIn = ({ email, password }: { email: string; password: string }) =>
    login(server().url, { identifier: email, password });

  test("a deactivated account has no session and lets nobody sign in, until an administrator activates it", async () => {
    const account = await registerAccount(server().url);
    expect((await deactivate(server().url, account)).status).toBe(204);
    expect((await me(account.accessToken)).status).toBe(401);
    expect(await signIn(account)).toMatchObject({ status: 403, body: { code: "ACCOUNT_DISABLED" } });
  });

  test("a deleted account has no session and no API key, and keeps its address from others", async () => {
    const { url } = server();
    const account = await registerProven(server());
    const { secret } = await makeApiKey(url, account);
    expect((await deleteAccount(url, account)).status).toBe(204);
    expect((await me(account.accessToken)).status).toBe(401);
    expect((await readProfile(url, secret)).status).toBe(401);
    expect((await signIn(account)).status).toBe(401);
    const { email, password } = account;
    expect((await rest(url, "/v1/auth/register", { body: { email, password } })).body).toMatchObject({
      code: "EMAIL_TAKEN",
    });
  });

  test("the link of the mail restores a deleted account once, without its sessions and keys", async () => {
    const { url } = server();
    const account = await registerProven(server());
    const { secret } = await makeApiKey(url, account);
    await deleteAccount(url, account);
    const token = await receiveToken(server(), account.email, "account-deleted");
    const answers = await Promise.all([1, 2, 3].map(() => undoDeletion(url, token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
    expect(await undoDeletion(url, token)).toMatchObject(invalidLink);
    expect((await me(account.accessToken)).status).toBe(401);
    expect((await readProfile(url, secret)).status).toBe(401);
    expect((await signIn(account)).status).toBe(200);
  });

  test("an unproven address gets no such link, since it may be a stranger's", async () => {
    const account = await registerAccount(server().url);
    await settle(server());
    await deleteAccount(server().url, account);
    await settle(server());
    const templates = (await messagesTo(server(), account.email)).map(({ template }) => template);
    expect(templates).not.toContain("account-deleted");
  });

  test("the link does not undo a later deletion by somebody else", async () => {
    const { url, gatehouse, clock } = server();
    const account = await registerProven(server());
    await deleteAccount(url, account);
    const token = await receiveToken(server(), account.email, "account-deleted");
    clock.advance(60);
    const { db } = gatehouse.deps;
    for (const deletedAt of [null, clock.now()]) {
      await db.updateTable("user").set({ deleted_at: deletedAt }).where("public_id", "=", account.userId).execute();
    }
    expect(await undoDeletion(url, token)).toMatchObject(invalidLink);
  });

  test.each(["", "no-token", "a".repeat(43), "a".repeat(5000)])("a wrong token restores nothing", async (token) => {
    expect(await undoDeletion(server().url, token)).toMatchObject(invalidLink);
  });

  test("either takes a recent proof", async () => {
    const { url, clock } = server();
    const account = await registerAccount(url);
    clock.advance(15 * 60 + 1);
    const { body } = await rest(url, "/v1/auth/refresh", { body: { refreshToken: account.refreshToken } });
    for (const leave of [deactivate, deleteAccount]) {
      expect(await leave(url, body.session)).toMatchObject({ status: 403, body: { code: "STEP_UP_REQUIRED" } });
    }
    expect((await me(body.session.accessToken)).status).toBe(200);
  });

  test("each leaves an event, and a second call finds no session", async () => {
    const { url, gatehouse } = server();
    for (const [leave, action] of [
      [deactivate, "user.deactivated"],
      [deleteAccount, "user.deleted"],
    ] as const) {
      const account = await registerAccount(url);
      const answers = await Promise.all([1, 2].map(() => leave(url, account)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 401]);
      const events = await gatehouse.deps.db
        .selectFrom("audit_event")
        .select(["action", "actor_id"])
        .where("target_id", "=", account.userId)
        .where("action", "=", action)
        .execute();
      expect(events).toEqual([{ action, actor_id: account.userId }]);
    }
  });
});

describe("leaving, where time or administrators matter", () => {
  test("the last administrator can neither deactivate nor delete their account", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const admins = [await registerWithRoles(server), await registerWithRoles(server)] as const;
    const answers = await Promise.all([deactivate(server.url, admins[0]), deleteAccount(server.url, admins[1])]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)).toMatchObject(lastAdmin);
  });

  test("the link works as long as deleted accounts are kept", async () => {
    await using server = await startGatehouse({ environment: { ACCOUNT_RETENTION_DAYS: "2" } });
    const [early, late] = [await registerProven(server), await registerProven(server)];
    for (const account of [early, late]) await deleteAccount(server.url, account);
    const tokenOf = ({ email }: { email: string }) => receiveToken(server, email, "account-deleted");
    const tokens = [await tokenOf(early), await tokenOf(late)] as const;
    server.clock.advance(2 * daySeconds - 60);
    expect((await undoDeletion(server.url, tokens[0])).status).toBe(200);
    server.clock.advance(120);
    expect(await undoDeletion(server.url, tokens[1])).toMatchObject(invalidLink);
  });
});
