import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "./connection.ts";
import { runSql } from "./run-sql.ts";

const folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-embedded-"));
afterAll(() => folder.remove());

/** Made by the test that opens it first, which takes seconds; each test has a table of its own in it. */
const directory = join(folder.path, "data", "database");

async function openEmbedded() {
  const db = await openDatabase({ kind: "embedded", directory }, () => undefined);
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

test("an open database is refused; once closed it opens with its data", async () => {
  {
    await using first = await openEmbedded();
    await runSql(first.db, "create table kept as select 'kept' as word");
    await expect(openEmbedded()).rejects.toMatchObject({ name: "DatabaseInUseError" });
  }
  {
    await using _unused = await openEmbedded();
  }
  await using last = await openEmbedded();
  expect((await runSql(last.db, "select word from kept")).rows).toEqual([{ word: "kept" }]);
  expect((await stat(join(folder.path, "data"))).mode & 0o777, "others may not read it").toBe(0o700);
});

test("committed data survives the killing of the process", async () => {
  const program = `
    import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, "connection.ts"))};
    import { runSql } from ${JSON.stringify(join(import.meta.dirname, "run-sql.ts"))};
    const db = await openDatabase(${JSON.stringify({ kind: "embedded", directory })}, () => undefined);
    await runSql(db, "create table numbers (number integer)");
    await runSql(db, "insert into numbers select generate_series(1, 1000)");
    await runSql(db, "begin");
    await runSql(db, "insert into numbers values (-1)");
    console.log("written");
    setInterval(() => undefined, 1000);`;
  const writer = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  await using opened = await openEmbedded();
  const { rows } = await runSql(opened.db, "select count(*), min(number) from numbers");
  expect(rows).toEqual([{ count: "1000", min: 1 }]);
});
