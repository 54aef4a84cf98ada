import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { processEnvironment } from "../support/process-environment.ts";
import { registerAccount } from "../support/rest.ts";
import { startGatedMailServer } from "./gated-mail-server.ts";

const worker = fileURLToPath(new URL("../../apps/api/src/worker.ts", import.meta.url));

describe.skipIf(postgresUnreachable)("a worker in a process of its own", () => {
  test("sends what a server with JOBS=off enqueues, and stops when told to", async () => {
    await using database = await createTestDatabase();
    await using mail = await startGatedMailServer();
    mail.open();
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
      PUBLIC_URL: "http://gatehouse.test",
      SMTP_URL: mail.url,
      MAIL_FROM: "accounts@gatehouse.test",
      JOBS: "off",
    };
    await using server = await startGatehouse({ database, environment });
    const { email } = await registerAccount(server.url);
    expect(await database.query("select state::text from pgboss.job where name = 'send-mail'")).toEqual([
      { state: "created" },
    ]);
    const child = spawn(process.execPath, [worker], {
      env: { ...processEnvironment, NODE_ENV: "test", ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      await vi.waitFor(() => expect(mail.delivered).toEqual([email]), patience);
    } finally {
      child.kill("SIGTERM");
    }
    expect(await exited).toEqual([0, null]);
  });
});
