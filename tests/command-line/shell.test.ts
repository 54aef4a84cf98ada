import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runGatehouseProcess } from "../support/command-line.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { processEnvironment } from "../support/process-environment.ts";

const settings = (folder: string) => ({ NODE_ENV: "test", DATA_DIR: folder, LOG_LEVEL: "silent" });

describe("gatehouse shell", () => {
  test("runs a script of standard input, in its order, with the services and the database in scope", async () => {
    await using database = await createEmbeddedDatabase();
    const input = `
      const missing = await user.findUserByIdentifier(db, "ada@example.com");
      await inTransaction(db, (trx) => user.createUser(deps, trx, { email: "ada@example.com", roles: [] }));
      const found = await user.findUserByIdentifier(db, "ADA@example.com");
      const keys = await signingKey.describeSigningKeys(deps);
      console.log(missing, found.email, found.created_at instanceof Date, keys.length, Object.keys(session).length > 2);`;
    const run = { environment: settings(database.folder), input };
    expect(await runGatehouseProcess(["shell"], run)).toEqual({
      code: 0,
      stdout: "undefined ada@example.com true 1 true\n",
      stderr: "",
    });
  });

  test("reports a script that fails, and a database that another process has open", async () => {
    await using database = await createEmbeddedDatabase();
    const environment = settings(database.folder);
    const failing = await runGatehouseProcess(["shell"], { environment, input: 'throw new TypeError("no such user")' });
    expect([failing.code, failing.stdout]).toEqual([1, ""]);
    expect(failing.stderr).toMatch(/^The script failed: TypeError: no such user\n/);
    await using server = await startGatehouse({ embedded: true });
    const { config } = server.gatehouse.deps;
    if (config.database.kind !== "embedded") throw new Error("An embedded database was meant");
    const folder = join(config.database.directory ?? "", "..");
    const refused = await runGatehouseProcess(["shell"], { environment: settings(folder) });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/open in process \d+\. Stop that one/)]);
  });
});

/** Gives a program a terminal; part of every Debian. */
const terminal = "/usr/bin/script";

test.skipIf(!existsSync(terminal))(
  "in a terminal, gatehouse shell says what there is, and keeps a history that nobody else can read",
  async () => {
    await using database = await createEmbeddedDatabase();
    const home = await mkdtemp(join(tmpdir(), "gatehouse-home-"));
    await using _removal = { [Symbol.asyncDispose]: () => rm(home, { recursive: true }) };
    const history = join(home, ".gatehouse_shell_history");
    await writeFile(history, "formerly()\n");
    await chmod(history, 0o644);
    const main = join(import.meta.dirname, "../../apps/api/src/cli/main.ts");
    const child = spawn(terminal, ["-qec", `"${process.execPath}" "${main}" shell`, "/dev/null"], {
      env: { ...processEnvironment, ...settings(database.folder), HOME: home, TERM: "dumb" },
    });
    let printed = "";
    let isAsked = false;
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      if (isAsked || !printed.includes("gatehouse> ")) return;
      isAsked = true;
      child.stdin.write('(await db.selectFrom("user").select("id").execute()).length + 41\r.exit\r');
    });
    await once(child, "close");
    expect(printed).toContain("user: ");
    expect(printed).toMatch(/findUserByIdentifier.*Top-level await works/s);
    expect(printed).toMatch(/^41\r?$/m);
    expect((await stat(history)).mode & 0o777).toBe(0o600);
    expect(await readFile(history, "utf8")).toContain("formerly()");
  },
);
