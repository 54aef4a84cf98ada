import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { openImportFolder, waitForWaiting } from "./command.ts";

const reportName = "users.ndjson.refused.ndjson";

/** As many users, the last of which is refused. */
const usersBesidesOne = (count: number) =>
  Array.from({ length: count }, (_, index) => `{"email":"${index < count - 1 ? `user${index}@example.com` : ""}"}\n`);

/** Keeps users from being added until it is disposed of. */
async function holdUsers({ url }: TestDatabase): Promise<AsyncDisposable> {
  const client = new Client(url);
  await client.connect();
  await client.query('begin; lock table "user" in share mode');
  return { [Symbol.asyncDispose]: () => client.end() };
}

describe.skipIf(postgresUnreachable)("the report of an import", () => {
  test("stays when another process tries to import the same file", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    await folder.write("users.ndjson", usersBesidesOne(3500).join(""));
    const outcomes = await (async () => {
      await using _held = await holdUsers(database);
      const running = [1, 2].map(() => folder.runProcess(database, "users.ndjson"));
      await waitForWaiting(database, 2);
      return running;
    })();
    const [done, refused] = (await Promise.all(outcomes)).toSorted((a, b) => Number(a.code) - Number(b.code));
    expect(done?.stdout).toContain(`refused 1 lines; see ${reportName} for the reasons.`);
    expect(refused?.stderr).toContain("Another process is importing this file.");
    expect(await folder.readReport(reportName)).toMatchObject([{ line: 3500 }]);
  });

  test("contains the last run only", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    await folder.write("users.ndjson", usersBesidesOne(2).join(""));
    await folder.run(database, "users.ndjson");
    await folder.write("users.ndjson", '{"email":"last@example.com"}');
    await folder.run(database, "users.ndjson");
    expect(await folder.readReport(reportName)).toBeUndefined();
  });

  test("that cannot be written is reported in a sentence, and can be written elsewhere", async () => {
    await using database = await createTestDatabase();
    await using folder = await openImportFolder();
    await folder.write("users.ndjson", usersBesidesOne(2).join(""));
    await mkdir(join(folder.path, reportName));
    const failed = await folder.run(database, "users.ndjson");
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The report .*refused\.ndjson cannot be written: EISDIR.* --report/m),
    });
    expect(failed.stderr).not.toMatch(/^ +at /m);
    const { stdout } = await folder.run(database, "--report", "elsewhere", "users.ndjson");
    expect(stdout).toContain("Imported 1 users, refused 1 lines; see elsewhere for the reasons");
    expect(await folder.readReport("elsewhere")).toMatchObject([{ line: 2 }]);
  });
});
