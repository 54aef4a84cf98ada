import { randomBytes } from "node:crypto";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { runGatehouse, runGatehouseProcess } from "../support/command-line.ts";
import { postgresUnreachable } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { openChainLog } from "./chain-log.ts";

/** A log with three events, and the commands of an operator on it. */
async function openOperatedLog() {
  const log = await openChainLog("PostgreSQL");
  if (log.config.kind !== "postgres") throw new Error("A PostgreSQL was meant");
  const environment = {
    NODE_ENV: "test",
    DATABASE_URL: log.config.url,
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
  };
  const events = await log.write("2031-01-01", [1, 2, 3]);
  const audit = (...args: readonly string[]) => runGatehouse(["audit", ...args], { environment });
  /** Transactions of other databases in the cluster may hold back the links. */
  const checkpoint = () =>
    vi.waitFor(async () => {
      const { stdout } = await audit("checkpoint");
      const { heads } = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
      expect(heads).toMatchObject([{ month: "2031-01-01", position: "3" }]);
      return stdout.trim();
    }, patience);
  return { ...log, environment, events, audit, checkpoint, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
}

describe.skipIf(postgresUnreachable)("gatehouse audit", () => {
  test("verify accepts an untouched log, and names what was tampered with and exits with 1", async () => {
    await using log = await openOperatedLog();
    await log.checkpoint();
    expect(await log.audit("verify")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Verified 3 linked events and \d checkpoints: all as they were written\.$/m),
    });
    const [, second] = log.events;
    await log.tamper(`delete from audit_event where id = ${second?.id}`);
    expect(await log.audit("verify")).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^removed {2}2031-01 {2}#2 {2}The event ${second?.id} is gone$`, "m")),
      stderr: expect.stringContaining("not as it was written"),
    });
    const { code, stdout } = await log.audit("verify", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { findings: 1, found: [{ kind: "removed", position: "2" }] }]);
  });

  test("verify trusts the checkpoint and the key that were kept elsewhere, not those of the database", async () => {
    await using log = await openOperatedLog();
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-audit-"));
    const [kept, key] = [join(folder.path, "kept.txt"), join(folder.path, "audit.jwks")];
    await writeFile(kept, `${await log.checkpoint()}\n`);
    await writeFile(key, (await log.audit("key")).stdout);
    const verify = () => log.audit("verify", "--checkpoint", kept, "--public-key", key);
    expect((await verify()).code).toBe(0);
    await log.tamper(
      `delete from audit_event where id = ${log.events[2]?.id}`,
      "delete from audit_link where position = 3",
      "delete from audit_checkpoint",
      "delete from audit_key",
    );
    expect((await log.audit("verify")).code).toBe(0);
    expect(await verify()).toMatchObject({ code: 1, stdout: expect.stringContaining("truncated  2031-01  #3") });
    await writeFile(key, "no key\n");
    expect((await verify()).code).toBe(2);
  });

  test("export prints one event a line", async () => {
    await using log = await openOperatedLog();
    const { environment, events } = log;
    const { code, stdout } = await runGatehouseProcess(["audit", "export"], { environment });
    const lines = stdout.trim().split("\n");
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(events.map(({ publicId }) => publicId));
    const wrong = await log.audit("export", "--from", "yesterday");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("--from") });
  });
});
