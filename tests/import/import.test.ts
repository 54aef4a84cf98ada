import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { openImportFolder, waitForWaiting } from "./command.ts";

const ndjson = (records: readonly unknown[]) => `${records.map((record) => JSON.stringify(record)).join("\n")}\n`;

const bcrypt = "$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS";

/** An import that opens it fails with another error than the one that its test is about. */
const nowhere = { url: "postgres://127.0.0.1:1/nowhere" };

const emails = async (database: TestDatabase) =>
  (await database.query('select email from "user" order by id')).map(({ email }) => email);

/** Makes each batch wait between its report and its commit, until this is disposed of. */
async function holdCommits({ url }: TestDatabase): Promise<AsyncDisposable> {
  const client = new Client(url);
  await client.connect();
  await client.query(
    `create function wait_for_test() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock_shared(1);
      return new;
    end $$;
    create trigger wait_for_test before update on user_import for each row execute function wait_for_test();
    select pg_advisory_lock(1)`,
  );
  return { [Symbol.asyncDispose]: () => client.end() };
}

describe.skipIf(postgresUnreachable)("gatehouse import", () => {
  test("adds users with all their fields", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const ada = {
      id: "5b0c3a52-5e0e-4b6f-9d2a-0f6f5a3c1d11",
      email: "Ada@Example.com",
      emailVerified: true,
      username: "Countess",
      givenName: "Ada",
      familyName: "Lovelace",
      birthDate: "1915-12-10",
      locale: "en-gb",
      timeZone: "europe/london",
      phone: "+34 600 000 000",
      phoneVerified: true,
      passwordHash: bcrypt,
      status: "disabled",
      roles: ["admin"],
      createdAt: "2015-12-10T12:00:00+01:00",
    };
    await folder.write("users.ndjson", ndjson([ada, { email: "grace@example.com", username: null }]));
    const { code, stdout } = await folder.runProcess(database, "users.ndjson");
    expect([code, stdout]).toEqual([0, "Imported 2 users, refused 0 lines.\n"]);
    const rows = await database.query(
      `select public_id, email, email_canonical, email_verified_at is not null as email_verified, username_canonical,
        given_name, birth_date::text, locale, time_zone, phone, phone_verified_at is not null as phone_verified, status, roles,
        u.created_at, hash from "user" u left join password p on p.user_id = u.id order by u.id`,
    );
    expect(rows[0]).toEqual({
      public_id: ada.id,
      email: "Ada@Example.com",
      email_canonical: "ada@example.com",
      email_verified: true,
      username_canonical: "countess",
      given_name: "Ada",
      birth_date: "1915-12-10",
      locale: "en-GB",
      time_zone: "Europe/London",
      phone: "+34600000000",
      phone_verified: true,
      status: "disabled",
      roles: ["admin"],
      created_at: new Date("2015-12-10T11:00:00Z"),
      hash: bcrypt,
    });
    expect(rows[1]).toMatchObject({
      email: "grace@example.com",
      status: "active",
      roles: [],
      locale: "en",
      hash: null,
    });
    expect(await folder.readReport("users.ndjson.refused.ndjson")).toBeUndefined();
  });

  test("lets users keep names that are reserved or look alike, of which the first in the file has the skeleton", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const users = ["mike", "admin", "PauI", "paul", "rnike"].map((username) => ({
      email: `${username}@example.com`,
      username,
    }));
    await folder.write("users.ndjson", ndjson(users));
    const dryRun = await folder.run(database, "users.ndjson", "--dry-run");
    expect(dryRun.stdout).toContain("5 users");
    expect((await folder.run(database, "users.ndjson")).stdout).toBe("Imported 5 users, refused 0 lines.\n");
    expect(await database.query(`select username, username_skeleton from "user" order by id`)).toEqual([
      { username: "mike", username_skeleton: "rnike" },
      { username: "admin", username_skeleton: "adrnin" },
      { username: "PauI", username_skeleton: "paul" },
      { username: "paul", username_skeleton: null },
      { username: "rnike", username_skeleton: null },
    ]);
    await folder.write("later.ndjson", ndjson([{ email: "later@example.com", username: "pau1" }]));
    await folder.run(database, "later.ndjson");
    expect(await database.query(`select username_skeleton from "user" where username = 'pau1'`)).toEqual([
      { username_skeleton: null },
    ]);
  });

  test("refuses bad lines one by one with the reason, and never repeats a hash", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    await database.query(
      `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
        values (gen_random_uuid(), 'taken@example.com', 'taken@example.com', 'en', 'active', '{}', now(), now())`,
    );
    const id = "5b0c3a52-5e0e-4b6f-9d2a-0f6f5a3c1d11";
    const lines = [
      { email: "first@example.com", username: "first", id },
      { email: "TAKEN@example.com" },
      { email: "First@Example.com" },
      { email: "second@example.com", username: "FIRST" },
      { email: "third@example.com", id },
      { email: "not an address", passwordHash: "$1$secret$hash" },
      { email: "fourth@example.com", passwordHash: `$2b$31$${"a".repeat(53)}` },
      { email: "fifth@example.com", pasword: "secret" },
      { email: "sixth@example.com", phone: "12" },
      { email: "sixth@example.com", createdAt: "0000-01-01T00:00:00Z" },
      { email: "sixth@example.com", createdAt: "9999-12-31T23:59:59-23:59" },
      ["seventh@example.com"],
    ].map((record) => JSON.stringify(record));
    const broken = '{"email":"eighth@example.com","passwordHash":"secret';
    const text = Buffer.from(`${lines.join("\n")}\n${broken}\n\n{"email":"last@example.com"}`);
    const notUtf8 = Buffer.from([0x0a, 0x7b, 0xff, 0x7d]);
    await folder.write("users.ndjson", Buffer.concat([text, notUtf8]));
    const { code, stdout } = await folder.run(database, "users.ndjson");
    expect([code, stdout]).toEqual([
      0,
      "Imported 2 users, refused 13 lines; see users.ndjson.refused.ndjson for the reasons.\n",
    ]);
    expect(await emails(database)).toEqual(["taken@example.com", "first@example.com", "last@example.com"]);
    const report = (await folder.readReport("users.ndjson.refused.ndjson")) ?? [];
    expect(report.map(({ line, errors }) => [line, ...errors.map(({ path }) => path)])).toEqual([
      [2, "email"],
      [3, "email"],
      [4, "username"],
      [5, "id"],
      [6, "email", "passwordHash"],
      [7, "passwordHash"],
      [8, "pasword"],
      [9, "phone"],
      [10, "createdAt"],
      [11, "createdAt"],
      [12, ""],
      [13, ""],
      [16, ""],
    ]);
    expect(JSON.stringify(report)).not.toContain("secret");
  });

  test("accepts an id in upper case as the same in lower case", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const id = "5b0c3a52-5e0e-4b6f-9d2a-0f6f5a3c1d11";
    const records = [
      { email: "ada@example.com", id: id.toUpperCase(), passwordHash: bcrypt },
      { email: "grace@example.com", id },
    ];
    await folder.write("users.ndjson", ndjson(records));
    const { stdout } = await folder.run(database, "users.ndjson");
    expect(stdout).toBe("Imported 1 users, refused 1 lines; see users.ndjson.refused.ndjson for the reasons.\n");
    expect(await database.query('select public_id, email, hash from "user" u join password on user_id = u.id')).toEqual(
      [{ public_id: id, email: "ada@example.com", hash: bcrypt }],
    );
    expect(await folder.readReport("users.ndjson.refused.ndjson")).toMatchObject([{ line: 2 }]);
  });

  test("reads CSV with quotes, line breaks within them, and empty fields", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const csv = [
      "\uFEFFemail;givenName;emailVerified;roles;passwordHash",
      `ada@example.com;"Ada ""the""; Countess";t;admin;${bcrypt}`,
      "grace@example.com;;false;;",
      '"two\nlines@example.com";Two;true;;',
      'quote@example.com;5" disk;true;;',
      "few@example.com;Few",
      'open@example.com;"Open;true;;',
      "maybe@example.com;Maybe;maybe;;",
      "last@example.com;Last;1;;",
    ].join("\r\n");
    await folder.write("users.csv", csv);
    const { code } = await folder.run(database, "users.csv");
    expect(code).toBe(0);
    const rows = await database.query(
      'select email, given_name, roles, email_verified_at is not null as verified from "user" order by id',
    );
    expect(rows).toEqual([
      { email: "ada@example.com", given_name: 'Ada "the"; Countess', roles: ["admin"], verified: true },
      { email: "grace@example.com", given_name: null, roles: [], verified: false },
      { email: "quote@example.com", given_name: '5" disk', roles: [], verified: true },
      { email: "last@example.com", given_name: "Last", roles: [], verified: true },
    ]);
    const report = (await folder.readReport("users.csv.refused.ndjson")) ?? [];
    expect(report.map(({ line, errors }) => [line, errors[0]?.path])).toEqual([
      [4, "email"],
      [7, ""],
      [8, ""],
      [9, "emailVerified"],
    ]);
  });

  test("reads a record of any length up to 64 KiB and refuses a longer one without stopping", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const long = (bytes: number) => JSON.stringify({ email: "long@example.com", givenName: "x".repeat(bytes) });
    const lines = [long(60_000), long(70_000), long(1_000_000), JSON.stringify({ email: "last@example.com" })];
    await folder.write("users.ndjson", lines.join("\n"));
    await folder.run(database, "users.ndjson");
    expect(await emails(database)).toEqual(["last@example.com"]);
    const report = (await folder.readReport("users.ndjson.refused.ndjson")) ?? [];
    expect(report.map(({ line, errors }) => [line, errors[0]?.message])).toEqual([
      [1, "Must be at most 100 characters"],
      [2, "Is longer than 65536 bytes"],
      [3, "Is longer than 65536 bytes"],
    ]);
  });

  test("finds with --dry-run the same as the import then does, and adds nobody", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const records = Array.from({ length: 2500 }, (_, index) => ({ email: `user${index % 2400}@example.com` }));
    await folder.write("users.ndjson", ndjson(records));
    const trial = await folder.run(database, "--dry-run", "users.ndjson");
    expect(trial.stdout).toBe(
      "Would import 2,400 users, refused 100 lines; see users.ndjson.dry-run.refused.ndjson for the reasons.\n",
    );
    expect(await database.query("select from user_import")).toEqual([]);
    expect(await emails(database)).toEqual([]);
    const real = await folder.run(database, "users.ndjson");
    expect(real.stdout).toContain("Imported 2,400 users, refused 100 lines");
    const [tried, done] = await Promise.all(
      [".dry-run", ""].map((infix) => folder.readReport(`users.ndjson${infix}.refused.ndjson`)),
    );
    expect(tried).toEqual(done);
  });

  test("reports an interrupted trial without a promise to continue it", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    const records = Array.from({ length: 12_000 }, (_, index) => ({ email: `user${index}@example.com` }));
    await folder.write("users.ndjson", ndjson(records));
    const stop = (...args: string[]) => folder.interruptWhen(database, (printed) => /\d %/.test(printed), ...args);
    const trial = await stop("--dry-run", "users.ndjson");
    expect(trial).toMatchObject({ code: 1, stderr: expect.stringMatching(/Stopped before the end: .*beginning/) });
    const restarted = await stop("--restart", "users.ndjson");
    expect(restarted.stderr).toContain("Stopped before the end: run the same command without --restart to continue.");
  });

  test("imports a file once, and again when told to", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    await folder.write("users.ndjson", ndjson([{ email: "ada@example.com" }]));
    await folder.run(database, "users.ndjson");
    const again = await folder.run(database, "users.ndjson");
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^users.ndjson was imported at .*: 1 users/)]);
    await database.query('delete from "user"');
    const restarted = await folder.run(database, "--restart", "users.ndjson");
    expect(restarted.stdout).toBe("Imported 1 users, refused 0 lines.\n");
  });

  test("imports each line exactly once although it is killed repeatedly", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    // Every tenth line is refused.
    const records = Array.from({ length: 3000 }, (_, index) =>
      index % 10 === 9 ? { email: "nobody" } : { email: `user${index}@example.com`, passwordHash: bcrypt },
    );
    await folder.write("users.ndjson", ndjson(records));
    {
      await using _held = await holdCommits(database);
      await folder.killAfter(database, () => waitForWaiting(database, 1), "users.ndjson");
      // The server would notice only after the statement that the client has gone.
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
    }
    let kills = 1;
    while (await folder.killWhen(database, (printed) => /\d %/.test(printed), "users.ndjson")) kills += 1;
    expect(kills).toBeGreaterThan(1);
    const [counts] = await database.query(
      `select (select count(*)::int from "user") as users, (select count(*)::int from password) as passwords,
        (select imported::int from user_import) as imported, (select refused::int from user_import) as refused`,
    );
    expect(counts).toEqual({ users: 2700, passwords: 2700, imported: 2700, refused: 300 });
    const report = (await folder.readReport("users.ndjson.refused.ndjson")) ?? [];
    expect(report.map(({ line }) => line)).toEqual(Array.from({ length: 300 }, (_, index) => index * 10 + 10));
  });

  test.each<[string, readonly string[], string, RegExp, number]>([
    ["a file that is not there", ["missing.ndjson"], "", /missing\.ndjson cannot be read/, 1],
    ["an ending that says nothing", ["users.txt"], "", /Add --format ndjson or --format csv/, 1],
    ["an unknown format", ["--format", "xml", "users.txt"], "", /Allowed choices are ndjson, csv/, 2],
    ["an unknown column", ["--format", "csv", "users.txt"], "email,shoeSize\n", /unknown fields: shoeSize/, 1],
    ["a column named twice", ["--format", "csv", "users.txt"], "email,email\n", /names a field twice/, 1],
    ["an empty CSV", ["--format", "csv", "users.txt"], "", /is empty/, 1],
    [
      "a CSV whose lines end with CR alone",
      ["--format", "csv", "users.txt"],
      "email,locale\rada@example.com,en\r",
      /lines end with CR alone/,
      1,
    ],
    [
      "a long CSV whose lines end with CR alone",
      ["--format", "csv", "users.txt"],
      `email,locale\r${"ada@example.com,en\r".repeat(5000)}`,
      /lines end with CR alone/,
      1,
    ],
    ["a report onto the file itself", ["--report", "./users.ndjson", "users.ndjson"], "", /would replace/, 1],
  ])("%s is reported in a sentence", async (_what, args, content, sentence, exitCode) => {
    await using folder = await openImportFolder();
    await folder.write("users.txt", content);
    await folder.write("users.ndjson", content);
    const { code, stderr } = await folder.run(nowhere, ...args);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
