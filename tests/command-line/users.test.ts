import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { postgresUnreachable } from "../support/database.ts";
import { registerProven } from "../support/links.ts";
import { type OperatedServer, startOperatedServer } from "../support/operated-server.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { registerProtected } from "../support/second-factor.ts";
import { share } from "../support/shared-gatehouse.ts";
import { createWebhook, receiveRequests, startReceiver } from "../support/webhooks.ts";

const newEmail = () => `${crypto.randomUUID()}@example.com`;

/** The events about an account, the newest first. */
const eventsAbout = async ({ server }: OperatedServer, id: string) =>
  await server.gatehouse.deps.db
    .selectFrom("audit_event")
    .select(["action", "actor_kind", "actor_id"])
    .where("target_id", "=", id)
    .orderBy("id", "desc")
    .execute();

describe.skipIf(postgresUnreachable)("gatehouse user, beside a running server,", () => {
  const scene = share(startOperatedServer);
  const run: OperatedServer["run"] = (...args) => scene().run(...args);
  const me = ({ accessToken: token }: { readonly accessToken: string }) =>
    rest(scene().server.url, "/v1/users/me", { token });

  test("finds accounts by a text, a state and a role, as a table and as JSON", async () => {
    const { server, read } = scene();
    const name = `f${crypto.randomUUID().slice(0, 8)}`;
    const account = await registerAccount(server.url, { email: `${name}@example.com`, username: name });
    const { stdout } = await run("user", "find", name);
    const [heading, row, ...others] = stdout.trimEnd().split("\n");
    expect(heading).toMatch(/^ {2}id +address +username +status +roles +created$/);
    expect(row).toMatch(new RegExp(`^ {2}${account.userId}  ${account.email}  ${name} +active +\\d{4}-.+Z$`));
    expect(others).toEqual([]);
    expect(await read("user", "find", account.userId)).toMatchObject({
      users: [{ id: account.userId, email: account.email, statusReason: null }],
      mayBeMore: false,
    });
    expect((await read("user", "find", name, "--status", "disabled")).users).toEqual([]);
    expect((await run("user", "find", name, "--role", "support")).stdout).toBe("No account was found.\n");
    await registerAccount(server.url, { email: `${name}2@example.com` });
    expect(await read("user", "find", name, "--limit", "1")).toMatchObject({ users: [{}], mayBeMore: true });
    expect((await run("user", "find", name, "--limit", "1")).stdout).toContain("There are more: --limit 2\n");
    for (const wrong of [
      ["--limit", "0"],
      ["--status", "gone"],
      ["--role", "No Role"],
    ]) {
      expect((await run("user", "find", ...wrong)).code).toBe(2);
    }
  });

  test("disables an account at once on the server, in the name of the operator, and enables it", async () => {
    const { server } = scene();
    const account = await registerProven(server);
    const disabled = await run("user", "disable", account.email.toUpperCase(), "--reason", "Chargeback 4711");
    expect(disabled).toEqual({ code: 0, stdout: `Disabled ${account.email} (${account.userId}).\n`, stderr: "" });
    await expect.poll(async () => (await me(account)).status).toBe(401);
    const [user] = (await scene().read("user", "find", account.userId)).users;
    expect(user).toMatchObject({ status: "disabled", statusReason: "Chargeback 4711", disabledUntil: null });
    const until = "2033-01-31T12:00:00.000Z";
    const limited = await scene().read("user", "disable", account.userId, "--reason", "Spam", "--until", until);
    expect(limited).toMatchObject({ statusReason: "Spam", disabledUntil: until });
    expect(await run("user", "enable", account.email)).toMatchObject({
      code: 0,
      stdout: `${account.email} (${account.userId}) is active.\n`,
    });
    const { email: identifier, password } = account;
    expect((await rest(server.url, "/v1/auth/login", { body: { identifier, password } })).status).toBe(200);
    const byOperator = (await eventsAbout(scene(), account.userId)).filter((event) => event.actor_kind === "operator");
    expect(byOperator).toEqual(
      ["user.enabled", "user.disabled", "user.disabled"].map((action) => ({
        action,
        actor_kind: "operator",
        actor_id: null,
      })),
    );
  });

  test("refuses to disable without a reason, and until a time that is none or has passed", async () => {
    const { email } = await registerAccount(scene().server.url);
    expect(await run("user", "disable", email)).toMatchObject({ code: 2, stderr: expect.stringContaining("--reason") });
    for (const until of ["tomorrow", "2020-01-01T00:00:00Z"]) {
      const refused = await run("user", "disable", email, "--reason", "Spam", "--until", until);
      expect(refused).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(/^until: [^\n]+\n$/) });
    }
    expect((await scene().read("user", "find", email)).users).toMatchObject([{ status: "active" }]);
  });

  test("ends the sessions of a user, who may sign in again", async () => {
    const account = await registerAccount(scene().server.url);
    expect(await run("user", "end-sessions", account.email)).toMatchObject({ code: 0 });
    await expect.poll(async () => (await me(account)).status).toBe(401);
    const { email: identifier, password } = account;
    expect((await rest(scene().server.url, "/v1/auth/login", { body: { identifier, password } })).status).toBe(200);
  });

  test("resets the second factors of a user after a waiting time, and stops that", async () => {
    const { server } = scene();
    const account = await registerProtected(server);
    const asked = await run("user", "reset-second-factor", account.email);
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("end at") });
    const stopped = await run("user", "reset-second-factor", account.email, "--cancel");
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining("Stopped") });
    expect(await run("user", "reset-second-factor", account.email, "--cancel")).toMatchObject({ code: 1 });
    const bob = await registerAccount(server.url);
    expect(await run("user", "reset-second-factor", bob.email)).toMatchObject({ code: 1 });
  });

  test("deletes an account only after a question or with --yes, and restores it", async () => {
    const account = await registerAccount(scene().server.url);
    expect(await run("user", "delete", account.email)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    const deleted = await run("user", "delete", account.email, "--yes");
    expect(deleted).toMatchObject({ code: 0, stdout: expect.stringContaining(`user restore ${account.userId}`) });
    await expect.poll(async () => (await me(account)).status).toBe(401);
    for (const command of [
      ["delete", account.email, "--yes"],
      ["enable", account.userId],
    ]) {
      expect(await run("user", ...command)).toEqual({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining(`"gatehouse user restore ${account.userId}"`),
      });
    }
    expect(await run("user", "create", account.email)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`"gatehouse user restore ${account.userId}"`),
    });
    expect((await scene().read("user", "find", account.email)).users).toEqual([]);
    expect(await scene().read("user", "restore", account.email)).toMatchObject({ status: "active", deletedAt: null });
    expect((await run("user", "restore", account.email)).code).toBe(1);
  });

  test("tells webhooks of what it did", async () => {
    const { server, read } = scene();
    const email = newEmail();
    const { user } = await read("user", "create", email, "--admin", "--print-link");
    await using receiver = await startReceiver();
    const admin = await registerAccount(server.url);
    await read("role", "grant", "admin", admin.email);
    const signedIn = await rest(server.url, "/v1/auth/login", {
      body: { identifier: admin.email, password: admin.password },
    });
    const { accessToken } = signedIn.body.session;
    await createWebhook(server, { accessToken }, { url: receiver.url, events: ["user.created", "user.deleted"] });
    const invited = newEmail();
    const created = await read("user", "create", invited, "--print-link");
    await run("user", "delete", user.id, "--yes");
    const events = (await receiveRequests(receiver, 2)).map(({ event }) => [event.type, event.data.id]);
    expect(events.toSorted()).toEqual([
      ["user.created", created.user.id],
      ["user.deleted", user.id],
    ]);
  });

  test("names what to do where no account is meant", async () => {
    for (const unknown of ["nobody@example.com", "nobody", crypto.randomUUID()]) {
      expect(await run("user", "enable", unknown)).toEqual({
        code: 1,
        stdout: "",
        stderr: `No account has the id, address, username or telephone number "${unknown}". "gatehouse user find <text>" searches accounts.\n`,
      });
    }
  });

  test("keeps the last administrator, and says what to do", async () => {
    await using own = await startOperatedServer();
    const email = newEmail();
    await own.run("user", "create", email, "--admin", "--print-link");
    const refusal = {
      code: 1,
      stdout: "",
      stderr:
        'This is the last administrator. Give another active account the role first: "gatehouse role grant admin <user>".\n',
    };
    expect(await own.run("user", "disable", email, "--reason", "Spam")).toEqual(refusal);
    expect(await own.run("user", "delete", email, "--yes")).toEqual(refusal);
    expect(await own.run("role", "revoke", "admin", email)).toEqual(refusal);
    expect((await own.run("user", "create", newEmail(), "--admin", "--print-link")).code).toBe(0);
    expect((await own.run("role", "revoke", "admin", email)).code).toBe(0);
    const { rows } = await runSql(own.server.gatehouse.deps.db, `select from "user" where 'admin' = any (roles)`);
    expect(rows).toHaveLength(1);
  });
});
