import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { looseLimits } from "../support/default-settings.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { processEnvironment } from "../support/process-environment.ts";
import { registerAccount } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";
import { type GatedMailServer, startGatedMailServer } from "./gated-mail-server.ts";

const minute = 60_000;

const mailingProcess = fileURLToPath(new URL("./mailing-process.ts", import.meta.url));

type Environment = Readonly<Record<string, string>>;

function environmentOf(databaseUrl: string, mail: GatedMailServer): Environment {
  return {
    ...looseLimits,
    NODE_ENV: "test",
    LOG_LEVEL: "info",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    PUBLIC_URL: "http://gatehouse.test",
    SMTP_URL: mail.url,
    MAIL_FROM: "accounts@gatehouse.test",
    DOCS: "off",
  };
}

interface MailingProcess extends AsyncDisposable {
  readonly child: ChildProcess;
}

/** Resolves once the process has committed its mails; fails with what it printed if it ends before. */
async function startMailing(environment: Environment): Promise<MailingProcess> {
  const child = spawn(process.execPath, [mailingProcess], {
    env: { ...processEnvironment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: string[] = [];
  child.stderr.on("data", (chunk) => printed.push(String(chunk)));
  const exited = once(child, "exit").then(() => Promise.reject(new Error(`It ended: ${printed.join("")}`)));
  const lines = createInterface({ input: child.stdout });
  const committed = new Promise<void>((resolve) => {
    lines.on("line", (line) => (line === "committed" ? resolve() : printed.push(line)));
  });
  await Promise.race([committed, exited]);
  return { child, [Symbol.asyncDispose]: () => kill(child).finally(() => exited.catch(() => undefined)) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe.skipIf(postgresUnreachable)("a process that is killed between the commit and the mail", () => {
  test("loses no mail and sends none twice, 6 times with 4 mails each", async () => {
    await using database = await createTestDatabase();
    await using mail = await startGatedMailServer();
    // The mails of killed processes are brought again meanwhile; they wait at the gate too and must not fill it.
    const environment = { ...environmentOf(database.url, mail), JOBS_CONCURRENCY: "24" };
    const committed: string[] = [];
    // Every other process is killed as soon as it has committed, the rest while they bring the mails.
    async function commitAndDie(index: number): Promise<void> {
      const addresses = [0, 1, 2, 3].map((each) => `user-${index}-${each}@example.com`);
      await using mailing = await startMailing({ ...environment, ADDRESSES: addresses.join(",") });
      committed.push(...addresses);
      if (index % 2 === 0) await Promise.all(addresses.map((address) => mail.broughtFor(address)));
      await kill(mailing.child);
    }
    const lanes = [0, 1, 2].map(async (lane) => {
      for (let index = lane; index < 6; index += 3) await commitAndDie(index);
    });
    await Promise.all(lanes);
    expect(committed).toHaveLength(24);
    expect(mail.delivered).toEqual([]);
    mail.open();
    await using _survivor = await startMailing(environment);
    await vi.waitFor(() => expect(new Set(mail.delivered)).toEqual(new Set(committed)), { timeout: 5 * minute });
    expect(mail.delivered).toHaveLength(24);
  });

  test("after a registration loses no mail: the next server sends it", async () => {
    await using database = await createTestDatabase();
    await using mail = await startGatedMailServer();
    const environment = environmentOf(database.url, mail);
    await using killed = await startServerProcess(environment);
    const { email } = await registerAccount(killed.url);
    await mail.broughtFor(email);
    await kill(killed.child);
    mail.open();
    await using _next = await startGatehouse({ database, environment });
    await vi.waitFor(() => expect(mail.delivered).toEqual([email]), { timeout: 5 * minute });
  });
});

test("on the embedded database loses no mail: the next server of its directory sends each once", async () => {
  await using embedded = await createEmbeddedDatabase();
  await using mail = await startGatedMailServer();
  const environment = { ...environmentOf("", mail), DATA_DIR: embedded.folder };
  await using killed = await startServerProcess(environment);
  const { email: brought } = await registerAccount(killed.url);
  await mail.broughtFor(brought);
  const { email: committed } = await registerAccount(killed.url);
  await kill(killed.child);
  expect(mail.delivered).toEqual([]);
  mail.open();
  await using _survivor = await startGatehouse({ embedded: true, environment });
  await vi.waitFor(() => expect(new Set(mail.delivered)).toEqual(new Set([brought, committed])), {
    timeout: 5 * minute,
  });
  expect(mail.delivered).toHaveLength(2);
});
