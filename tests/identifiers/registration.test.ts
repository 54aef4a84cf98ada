import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { drivers } from "../database/drivers.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { countStatuses } from "../support/logins.ts";
import { settle } from "../support/mailbox.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { registerByUsername, withUsernames } from "../support/usernames.ts";

const password = "correct horse battery";

const register = ({ url }: TestGatehouse, body: object) =>
  rest(url, "/v1/auth/register", { body: { password, ...body } });

const count = async ({ gatehouse }: TestGatehouse, table: string) =>
  (await runSql(gatehouse.deps.db, `select from ${table}`)).rows.length;

describe.each(drivers)("on %s, where a username is enough", (driver) => {
  const server = shareGatehouse({ embedded: driver === "PGlite", environment: withUsernames });

  test("an account is registered by its username, is told that nothing is recovered by mail, and signs in", async () => {
    const { status, body } = await register(server(), { username: "Countess" });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "signed_in", recovery: "none" });
    expect(body.user).toMatchObject({ email: null, emailVerified: false, username: "Countess" });
    const login = { identifier: "countess", password };
    const signedIn = await rest(server().url, "/v1/auth/login", { body: login });
    expect([signedIn.status, signedIn.body.user]).toEqual([200, body.user]);
    expect(signedIn.body).not.toHaveProperty("recovery");
    const token = signedIn.body.session.accessToken;
    expect((await rest(server().url, "/v1/auth/status", { token })).body.user).toEqual(body.user);
  });

  test("of 50 registrations of one username at once, one is accepted and 49 answer USERNAME_TAKEN", async () => {
    const attempts = Array.from({ length: 50 }, (_, index) =>
      register(server(), { username: index % 2 === 0 ? "racer" : "RACER", password: `zeppelin copper lamp ${index}` }),
    );
    const answers = await Promise.all(attempts);
    expect(countStatuses(answers)).toEqual({ 201: 1, 409: 49 });
    const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect(new Set(refused)).toEqual(new Set(["USERNAME_TAKEN"]));
  });

  test("an account with an address is told that it is recovered by mail", async () => {
    const { status, body } = await register(server(), { email: "ada@example.com" });
    expect([status, body.recovery]).toEqual([201, "email"]);
  });
});

describe("a registration", () => {
  const both = shareGatehouse({ environment: withUsernames });
  const onlyUsernames = shareGatehouse({ environment: { REGISTRATION_IDENTIFIERS: "username" } });
  const onlyAddresses = shareGatehouse();

  test.each([
    ["an address, where none is allowed", onlyUsernames, { email: "ada@example.com", username: "ada" }, ["email"]],
    ["an address alone, where none is allowed", onlyUsernames, { email: "ada@example.com" }, ["email", "username"]],
    ["nothing, where it is by a username", onlyUsernames, {}, ["username"]],
    ["nothing, where it is by either", both, {}, ["email", "username"]],
    ["a username, where it is by an address", onlyAddresses, { username: "ada" }, ["email"]],
  ])("with %s is refused by the name of the field", async (_what, server, fields, paths) => {
    const { status, body } = await register(server(), fields);
    expect([status, body.code]).toEqual([400, "INVALID_INPUT"]);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    expect(await count(server(), `"user" where username = 'ada'`)).toBe(0);
  });

  test("without an address follows the rules for usernames and passwords", async () => {
    await registerByUsername(both().url, { username: "paul" });
    expect((await register(both(), { username: "PAU1" })).body.code).toBe("USERNAME_TAKEN");
    expect((await register(both(), { username: "support" })).body.code).toBe("USERNAME_RESERVED");
    const personal = await register(both(), { username: "quillfeather", password: "quillfeather2026" });
    expect(personal.body).toMatchObject({ code: "PASSWORD_TOO_WEAK", errors: [{ reason: "personal" }] });
  });

  test("without an address sends no mail, and is recorded with its username", async () => {
    await using server = await startGatehouse({ environment: withUsernames });
    const { userId } = await registerByUsername(server.url, { username: "ada" });
    await settle(server);
    for (const table of ["outbox_message", "one_time_token", "mail_pace"]) {
      expect([table, await count(server, table)]).toEqual([table, 0]);
    }
    const events = await runSql(
      server.gatehouse.deps.db,
      "select personal -> 'changes' as changes, actor_id from audit_event where action = 'user.created'",
    );
    expect(events.rows).toEqual([{ changes: { username: { from: null, to: "ada" } }, actor_id: userId }]);
    const origins = await runSql(server.gatehouse.deps.db, 'select registered_ip from "user"');
    expect(origins.rows).toEqual([{ registered_ip: null }]);
  });

  test("without an address counts for the network that it comes from", async () => {
    const environment = { ...withUsernames, LIMIT_REGISTRATIONS_PER_IP_PER_HOUR: "2" };
    await using server = await startGatehouse({ environment });
    const answers = [];
    for (const username of ["one", "two", "three"]) answers.push(await register(server, { username }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
  });

  test("without an address uses up no mails of the network that it comes from", async () => {
    await using server = await startGatehouse({ environment: { ...withUsernames, LIMIT_MAILS_PER_IP_PER_HOUR: "2" } });
    const answers = [];
    for (const username of ["one", "two", "three"]) answers.push(await register(server, { username }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const forgot = () => rest(server.url, "/v1/auth/password/forgot", { body: { email: "ada@example.com" } });
    const mails = [await forgot(), await forgot(), await forgot()];
    expect(mails.map(({ status }) => status)).toEqual([204, 204, 429]);
  });
});
