import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CommandOutcome, runGatehouseProcess } from "../support/command-line.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { startOperatedServer } from "../support/operated-server.ts";
import { processEnvironment } from "../support/process-environment.ts";
import { rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";

const password = "correct horse battery staple";
const newEmail = () => `${crypto.randomUUID()}@example.com`;
const showsPassword = ({ stdout, stderr }: CommandOutcome) => `${stdout}${stderr}`.includes(password);

describe("the first administrator of a new server", () => {
  test("is created in an empty embedded database, with a password from standard input", async () => {
    await using database = await createEmbeddedDatabase({ empty: true });
    const environment = { NODE_ENV: "test", DATA_DIR: database.folder };
    const create = ["user", "create", "ada@example.com", "--admin", "--password-stdin"];
    const created = await runGatehouseProcess(create, { environment, input: `${password}\n` });
    expect(created).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^Created ada@example.com \([\da-f-]{36}\), with the role admin.\nThe password works/,
      ),
      stderr: "",
    });
    const again = await runGatehouseProcess(create, { environment, input: `${password}\n` });
    expect(again).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("has an account already") });
    expect(showsPassword(created) || showsPassword(again)).toBe(false);
  });

  test.skipIf(postgresUnreachable)("is created in an empty PostgreSQL database, and signs in", async () => {
    await using database = await createTestDatabase({ empty: true });
    const environment = {
      NODE_ENV: "test",
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    };
    const create = ["user", "create", "ada@example.com", "--admin", "--username", "ada", "--password-stdin", "--json"];
    const { code, stdout } = await runGatehouseProcess(create, { environment, input: password });
    const answer = JSON.parse(stdout);
    expect([code, answer]).toMatchObject([
      0,
      { entrance: "password", link: null, user: { username: "ada", roles: ["admin"], emailVerified: false } },
    ]);
    await using server = await startGatehouse({ database, environment });
    const body = { identifier: "ada", password };
    const { accessToken: token } = (await rest(server.url, "/v1/auth/login", { body })).body.session;
    expect((await rest(server.url, "/v1/users", { token })).status).toBe(200);
    const events = await database.query("select action, actor_kind, target_id from audit_event order by id limit 2");
    const byOperator = { actor_kind: "operator", target_id: answer.user.id };
    expect(events).toEqual([
      { action: "user.created", ...byOperator },
      { action: "user.roles_changed", ...byOperator },
    ]);
    const stored = await database.query("select audit_event::text as text from audit_event");
    expect(JSON.stringify(stored)).not.toContain(password);
  });
});

describe.skipIf(postgresUnreachable)("gatehouse user create", () => {
  const scene = share(startOperatedServer);

  test("mails an invitation, by whose link the owner chooses a password", async () => {
    const { server, run } = scene();
    const email = newEmail();
    const { code, stdout } = await run("user", "create", email, "--role", "support", "--role", "admin");
    expect([code, stdout]).toEqual([0, expect.stringContaining("with the roles admin, support.")]);
    const token = await receiveToken(server, email, "invitation");
    expect(stdout).not.toContain(token);
    expect((await rest(server.url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
    const { body } = await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
    expect(body.user).toMatchObject({ emailVerified: true, roles: ["admin", "support"] });
  });

  test("prints a link only when asked, and mails none then", async () => {
    const { server, run } = scene();
    const email = newEmail();
    const { stdout } = await run("user", "create", email, "--print-link");
    const [, token] = /^http:\/\/gatehouse\.test\/account\/reset-password#token=([\w-]{43})$/m.exec(stdout) ?? [];
    expect((await rest(server.url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
    await settle(server);
    const sent = (await messagesTo(server, email)).map(({ template }) => template);
    expect(sent).not.toContain("invitation");
    expect((await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } })).status).toBe(200);
  });

  test("says what to do about an address that has an account", async () => {
    const { run, read } = scene();
    const email = newEmail();
    const { user } = await read("user", "create", email, "--print-link");
    await run("user", "disable", email, "--reason", "Spam");
    expect(await run("user", "create", email.toUpperCase(), "--admin")).toEqual({
      code: 1,
      stdout: "",
      stderr: `${email} (${user.id}) has an account already. Give it the role: "gatehouse role grant admin ${email}". It is disabled. Enable it: "gatehouse user enable ${email}".\n`,
    });
  });

  test.each([
    ["an address that is none", ["ada"], 2, /^email: Must be an email address\.\n$/],
    ["a username that is none", [newEmail(), "--username", "a b"], 2, /^username: Must be 3 to 32/],
    ["two ways in", [newEmail(), "--print-link", "--password-stdin"], 2, /not both/],
    [
      "a role that does not exist",
      [newEmail(), "--role", "clerk"],
      1,
      /"clerk". The roles are admin, support, user\.\n/,
    ],
    ["the role of everybody", [newEmail(), "--role", "user"], 1, /Every account has the role user/],
  ])("refuses %s", async (_what, args, code, stderr) => {
    const refused = await scene().run("user", "create", ...args);
    expect(refused).toEqual({ code, stdout: "", stderr: expect.stringMatching(stderr) });
  });

  test.each([
    ["no password", "", 2, /^Standard input has nothing/],
    ["two lines", `${password}\n${password}\n`, 2, /^Standard input has several lines/],
    ["a weak password", "correct\n", 1, /^This password is too short/],
    ["an overlong password", `${"long ".repeat(100)}\n`, 2, /^password: This password is too long/],
  ])("refuses %s, and adds nobody", async (_what, input, code, stderr) => {
    const email = newEmail();
    const refused = await scene().runWithInput(input, "user", "create", email, "--password-stdin");
    expect(refused).toEqual({ code, stdout: "", stderr: expect.stringMatching(stderr) });
    expect((await scene().read("user", "find", email)).users).toEqual([]);
  });

  test("refuses a taken username", async () => {
    const { run, read } = scene();
    const username = `u${crypto.randomUUID().slice(0, 8)}`;
    await read("user", "create", newEmail(), "--username", username, "--print-link");
    const refused = await run("user", "create", newEmail(), "--username", username, "--print-link");
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("The username is taken. Choose another"),
    });
  });

  test("refuses a password where nobody signs in before the address is proven", async () => {
    const environment = { ...scene().environment, REGISTRATION_MODE: "verified" };
    const create = ["user", "create", newEmail(), "--password-stdin"];
    const refused = await runGatehouseProcess(create, { environment, input: password });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--print-link") });
  });

  test("names the other ways in where the server sends no mail", async () => {
    const inProduction = { NODE_ENV: "production", PUBLIC_URL: "https://gatehouse.example", OUTBOUND_HTTP: "off" };
    const environment = { ...scene().environment, ...inProduction };
    const refused = await runGatehouseProcess(["user", "create", newEmail()], { environment });
    expect(refused).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^This server sends no mail .+ Use --password-stdin or --print-link\.\n$/),
    });
  });
});

/** Gives a program a terminal; part of every Debian. */
const terminal = "/usr/bin/script";

describe.skipIf(!existsSync(terminal))("in a terminal", () => {
  const main = join(import.meta.dirname, "../../apps/api/src/cli/main.ts");

  /** Types each answer when its question is there, and returns what the terminal showed. */
  async function type(folder: string, args: string, answers: readonly (readonly [question: string, answer: string])[]) {
    const child = spawn(terminal, ["-qec", `"${process.execPath}" "${main}" ${args}`, "/dev/null"], {
      env: { ...processEnvironment, NODE_ENV: "test", DATA_DIR: folder, TERM: "dumb" },
    });
    let shown = "";
    const left = [...answers];
    child.stdout.on("data", (chunk) => {
      shown += chunk;
      const [next] = left;
      if (next === undefined || !shown.includes(next[0])) return;
      left.shift();
      child.stdin.write(next[1]);
    });
    const [code] = await once(child, "close");
    return { code, shown };
  }

  test("gatehouse user create asks twice for a password and does not show it; user delete asks first", async () => {
    await using database = await createEmbeddedDatabase();
    const create = "user create ada@example.com --password-stdin";
    const differing = await type(database.folder, create, [
      ["not shown: ", `${password}\r`],
      ["again: ", "another\r"],
    ]);
    expect(differing).toMatchObject({ code: 1, shown: expect.stringContaining("The two passwords differ") });
    const cancelled = await type(database.folder, create, [["not shown: ", "\u0003"]]);
    expect(cancelled).toMatchObject({ code: 1, shown: expect.stringContaining("Cancelled; nothing was done.") });
    const created = await type(database.folder, create, [
      ["not shown: ", `${password}\r`],
      ["again: ", `${password}\r`],
    ]);
    expect(created).toMatchObject({ code: 0, shown: expect.stringContaining("Created ada@example.com") });
    expect(differing.shown + created.shown).not.toContain("correct");
    const kept = await type(database.folder, "user delete ada@example.com", [["[y/N] ", "\r"]]);
    expect(kept).toMatchObject({ code: 1, shown: expect.stringContaining("Nothing was deleted.") });
    const deleted = await type(database.folder, "user delete ada@example.com", [["[y/N] ", "y\r"]]);
    expect(deleted).toMatchObject({ code: 0, shown: expect.stringContaining("Deleted ada@example.com") });
  });
});
