import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openDatabase } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const script = join(import.meta.dirname, "../../scripts/database.ts");

interface Run {
  /** Variables of the environment; an empty one also hides what a `.env` file says. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs `pnpm db:<command>` without pnpm. */
async function run(command: string, { environment, input = "" }: Run) {
  const { NODE_ENV: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [script, ...command.split(" ")], {
    env: { ...inherited, NODE_ENV: "", DATABASE_URL: "", ...environment },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { stdout, stderr, code, output: stdout + stderr };
}

/** A folder for the embedded database and the secrets. */
const dataFolder = () => mkdtempDisposable(join(tmpdir(), "gatehouse-commands-"));

describe.skipIf(postgresUnreachable)("on PostgreSQL", () => {
  test("migrations run, are listed, and are undone", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    const userTable = async () => (await database.query(`select to_regclass('public.user') as name`))[0]?.["name"];

    const before = await run("status", { environment });
    expect(before).toMatchObject({ code: 0, stdout: expect.stringContaining("[ ] 0001-accounts") });
    expect(before.stdout).toContain(`Database: PostgreSQL, ${new URL(database.url).host}`);

    expect(await run("migrate", { environment })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("[✓] 0001"),
    });
    expect(await userTable()).not.toBeNull();
    expect((await run("status", { environment })).stdout).toMatch(/\[.?✓.?\] 0001-accounts/);

    expect((await run("rollback", { environment })).code).toBe(0);
    expect(await userTable()).toBeNull();
    expect((await run("up", { environment })).code).toBe(0);
    expect(await userTable()).not.toBeNull();
    expect((await run("down", { environment })).code).toBe(0);
  });

  test("the seeded users sign in with the password that the seed prints, and a reset brings them back", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    const seeded = await run("seed", { environment });
    expect(seeded.code).toBe(0);
    const [, password] = /password of both is (\S+)\.\n/.exec(seeded.stdout) ?? [];
    await using server = await startGatehouse({ database });
    for (const [email, roles] of Object.entries({ "admin@example.com": ["admin"], "user@example.com": [] })) {
      const { status, body } = await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
      expect({ status, roles: body.user?.roles }).toEqual({ status: 200, roles });
    }
    expect((await run("seed", { environment })).stdout).toContain("was there already");

    await database.query(`delete from "user" where email = 'admin@example.com'`);
    const reset = await run("reset", { environment });
    expect(reset).toMatchObject({ code: 0, stdout: expect.stringContaining("The database is reset") });
    expect(await database.query(`select email from "user" order by email`)).toEqual([
      { email: "admin@example.com" },
      { email: "user@example.com" },
    ]);
  });

  test("the console prints tables and goes on after an error, and a pipe gets the exit code", async () => {
    await using database = await createTestDatabase();
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    const input = "select 1 as one,\n2 as two;\nselect nothing;\n\\dt\nselect 3 as last";
    const { stdout, stderr, code } = await run("console", { environment, input });
    expect(stdout).toMatch(/^.*\n│ \(index\) │ one │ two │\n.*\n│ 0 +│ 1 +│ 2 +│\n.*\n\(1 row\)\n/);
    expect(stdout).toMatch(/│ 'user' +│ '\d+ kB' +│/);
    expect(stdout).toMatch(/│ last │\n.*\n│ 0 +│ 3 +│\n.*\n\(1 row\)\n$/);
    expect(stderr).toBe('Error: column "nothing" does not exist\n');
    expect(code).toBe(1);
    expect(await run("console", { environment, input: "select 1;\n\\q\nselect nothing;" })).toMatchObject({ code: 0 });
  });

  test("the console shows timestamps, bytes, JSON and the number of changed rows", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    const input = `create table shown (); insert into shown default values;
      select timestamptz '2024-02-29T12:34:56.789Z' as at, array['admin'] as roles, null as nothing,
        '\\x00ff'::bytea as few, decode(repeat('00', 32), 'hex') as many;`;
    const { stdout } = await run("console", { environment, input });
    expect(stdout).toMatch(/^OK, no rows\n1 row affected\n/);
    const cells = stdout.split("\n").find((line) => line.includes("admin"));
    expect(cells?.split("│").map((cell) => cell.trim())).toEqual([
      "",
      "0",
      "2024-02-29T12:34:56.789Z",
      `'["admin"]'`,
      "null",
      "'\\\\x00ff'",
      `'\\\\x${"00".repeat(16)}… (32 bytes)'`,
      "",
    ]);
  });

  test("stored text cannot control the operator's terminal", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    const input = `select E'\\x1b[2Jgone\\nnext' as control, E'\\u202eevil\\u009b' as hidden, jsonb '"\\u202e"' as inside;`;
    const { stdout } = await run("console", { environment, input });
    expect(stdout).toContain("gone");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("the console keeps a transaction open between statements", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: database.url, DATA_DIR: folder.path };
    await run("console", { environment, input: "create table kept (); begin; create table dropped (); rollback;" });
    expect(await database.query("select relname from pg_class where relname in ('kept', 'dropped')")).toEqual([
      { relname: "kept" },
    ]);
  });
});

test("on the embedded database, seeding sets everything up, and the console reads it", async () => {
  await using folder = await dataFolder();
  const environment = { DATA_DIR: folder.path };
  const seeded = await run("seed", { environment });
  expect(seeded).toMatchObject({ code: 0, stdout: expect.stringContaining("Migrated: 0001-accounts") });
  expect((await run("status", { environment })).stdout).toMatch(/\[.?✓.?\] 0001-accounts/);
  const input = 'select email from "user" order by id';
  const { stdout, code } = await run("console", { environment, input });
  expect(stdout).toMatch(/│ 0 +│ 'admin@example.com' │\n│ 1 +│ 'user@example.com' +│\n.*\n\(2 rows\)\n$/);
  expect(code).toBe(0);
});

test("while a server has the embedded database open, commands name its process and change nothing", async () => {
  await using embedded = await createEmbeddedDatabase({ empty: true });
  const environment = { DATA_DIR: embedded.folder };
  const db = await openDatabase({ kind: "embedded", directory: embedded.directory }, () => undefined);
  for (const command of ["migrate", "seed", "console"]) {
    const { code, stdout, stderr } = await run(command, { environment, input: "select 1;" });
    expect({ command, code }).toEqual({ command, code: 1 });
    expect(stderr).toBe(
      `The embedded database in ${embedded.directory} is open in process ${process.pid}. Stop that one first, or set DATABASE_URL.\n`,
    );
    expect(stdout).toMatch(/^(Database: .*\n)?$/);
  }
  await db.destroy();
});

test.each(["migrate", "seed", "reset", "console"])(
  "%s reports an unreachable database in a sentence",
  async (command) => {
    await using folder = await dataFolder();
    const environment = { DATABASE_URL: "postgres://user:hunter2@127.0.0.1:1/db", DATA_DIR: folder.path };
    const { code, output, stderr } = await run(command, { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database cannot be reached \(.*ECONNREFUSED.*\)\. Check DATABASE_URL .*\n$/);
    expect(output).not.toContain("hunter2");
  },
);

test("a wrong setting is reported in a sentence", async () => {
  const { code, stderr } = await run("migrate", { environment: { DATABASE_URL: "mysql://localhost" } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The configuration is not valid:\n {2}DATABASE_URL: not valid/);
  expect(stderr).not.toMatch(/^ +at /m);
});

test.each(
  ["reset", "rollback", "seed"].flatMap((command) => [
    [command, "production"],
    [command, "staging"],
  ]),
)("%s does not run in %s", async (command = "", NODE_ENV = "") => {
  const { code, output } = await run(command, { environment: { NODE_ENV } });
  expect(code).toBe(1);
  expect(output).toBe(`db:${command} is for development; it does not run where NODE_ENV is ${NODE_ENV}.\n`);
});
