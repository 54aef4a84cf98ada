import { once } from "node:events";
import { mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runGatehouseProcess, startGatehouseProcess } from "../support/command-line.ts";
import { postgresUnreachable } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { startOperatedServer } from "../support/operated-server.ts";
import { registerAccount } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";

test("gatehouse export prints an account of the embedded database", async () => {
  await using database = await createEmbeddedDatabase();
  const environment = { NODE_ENV: "test", DATA_DIR: database.folder };
  await runGatehouseProcess(["user", "create", "ada@example.com"], { environment });
  const { code, stdout } = await runGatehouseProcess(["export", "ada@example.com"], { environment });
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { account: { email: "ada@example.com" }, password: null }]);
});

describe.skipIf(postgresUnreachable)("gatehouse export", () => {
  const scene = share(startOperatedServer);

  test("prints all that is held about a user, deleted ones too, and no secret", async () => {
    const { server, run } = scene();
    const { email, userId, refreshToken } = await registerAccount(server.url);
    await run("user", "delete", email, "--yes");
    const { code, stdout, stderr } = await run("export", userId);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      account: { id: userId, email, deletedAt: expect.any(String) },
      sessions: [{}],
      actionsOfOthers: [{ action: "session.revoked" }, { action: "user.deleted" }, { action: "user.exported" }],
    });
    for (const secret of [refreshToken, "$argon2id$"]) expect(stdout).not.toContain(secret);
  });

  test("leaves nothing on standard output, however often it runs", async () => {
    const { email } = await registerAccount(scene().server.url);
    const listeners = () => process.stdout.eventNames().map((event) => process.stdout.listenerCount(event));
    const before = listeners();
    for (let run = 0; run < 3; run++) expect(await scene().run("export", email)).toMatchObject({ code: 0, stderr: "" });
    expect(listeners()).toEqual(before);
  });

  test("ends without a complaint when nobody reads on", async () => {
    const { server, environment } = scene();
    const { email } = await registerAccount(server.url);
    const { child, printed } = startGatehouseProcess(["export", email], { environment });
    child.stdout?.destroy();
    const [code] = await once(child, "close");
    expect([code, printed.stderr]).toEqual([0, ""]);
  });

  test("writes a new file that only its owner can read, and overwrites none", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-export-"));
    const { email } = await registerAccount(scene().server.url);
    const path = join(folder.path, "ada.json");
    const exported = () => scene().run("export", email, "--output", path);
    expect(await exported()).toEqual({ code: 0, stdout: "", stderr: expect.stringContaining(`Wrote ${path}.`) });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ account: { email } });
    await writeFile(path, "kept");
    expect(await exported()).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("It exists") });
    expect(await readFile(path, "utf8")).toBe("kept");
    const nowhere = await scene().run("export", email, "--output", join(path, "ada.json"));
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be written") });
  });
});
