import PostalMime from "postal-mime";
import { describe, expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { Mail } from "../../packages/server/src/delivery/email/mail.ts";
import { sendMail } from "../../packages/server/src/delivery/email/service.ts";
import { type MailServer, startMailServer } from "../../packages/server/src/delivery/email/testing/mail-server.ts";
import { startGatedMailServer } from "../jobs/gated-mail-server.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";

const url = "http://gatehouse.test/account/reset-password#token=the-secret-token";
const mail: Mail = {
  to: "ada@example.com",
  locale: "es-MX",
  name: "José",
  template: "reset-password",
  url,
  validForMinutes: 30,
};

interface Settings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
}

function sendingTo(port: number, { environment = {}, ...settings }: Settings = {}) {
  const mailSettings = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: "Acme <accounts@acme.example>" };
  return startGatehouse({ environment: { ...mailSettings, ...environment }, ...settings });
}

function send({ gatehouse }: TestGatehouse, changes: Partial<Pick<Mail, "to">> = {}): Promise<void> {
  return inTransaction(gatehouse.deps.db, (trx) => sendMail(gatehouse.deps, trx, { ...mail, ...changes }));
}

async function arrived(server: MailServer, count = 1) {
  await vi.waitFor(() => expect(server.received.length).toBeGreaterThanOrEqual(count), patience);
  return await Promise.all(server.received.map(({ source }) => PostalMime.parse(source)));
}

/** Jobs as somebody with a copy of the database sees them. */
async function queuedJobs({ gatehouse }: TestGatehouse): Promise<readonly Record<string, unknown>[]> {
  return (await runSql(gatehouse.deps.db, "select name, state::text, data from pgboss.job")).rows;
}

describe("a mail", () => {
  test("is sent in the recipient's language, as HTML and as text", async () => {
    await using server = await startMailServer();
    await using gatehouse = await sendingTo(server.port);
    await send(gatehouse);
    const [received] = await arrived(server);
    expect(received).toMatchObject({
      from: { name: "Acme", address: "accounts@acme.example" },
      to: [{ address: "ada@example.com" }],
      subject: "Elige una contraseña nueva para Gatehouse",
    });
    expect(received?.text).toContain("Hola, José:");
    expect(received?.text).toContain(url);
    expect(received?.html).toContain(`href="${url}"`);
  });

  test("hides its recipient and link while it waits in the queue", async () => {
    await using server = await startMailServer();
    await using gatehouse = await sendingTo(server.port, { environment: { JOBS: "off" } });
    await send(gatehouse);
    const [job, ...others] = await queuedJobs(gatehouse);
    expect([job?.["name"], others]).toEqual(["send-mail", []]);
    expect(job?.["data"]).toEqual({ id: expect.any(String), template: "reset-password", sealed: expect.any(String) });
    expect(JSON.stringify(job)).not.toMatch(/ada@|token|José/);
  });

  test("is only delayed by a mail server that is down", async () => {
    const down = await startMailServer();
    await down[Symbol.asyncDispose]();
    await using gatehouse = await sendingTo(down.port);
    await send(gatehouse);
    await vi.waitFor(async () => expect(await queuedJobs(gatehouse)).toMatchObject([{ state: "retry" }]), patience);
    await using up = await startMailServer({ port: down.port });
    expect(await arrived(up)).toHaveLength(1);
  });

  test("is sent again after the server was too busy, and then only once", async () => {
    let refusals = 0;
    const refuse = () => (refusals++ < 1 ? { responseCode: 451, message: "Try again later" } : undefined);
    await using server = await startMailServer({ refuse });
    await using gatehouse = await sendingTo(server.port);
    await send(gatehouse);
    expect(await arrived(server)).toHaveLength(1);
    expect(refusals).toBe(2);
  });

  test("that the server refuses permanently is a dead letter after one try, and does not delay others", async () => {
    const refuse = (to: string) =>
      to === "nobody@example.com" ? { responseCode: 550, message: `No such user: ${to}` } : undefined;
    await using server = await startMailServer({ refuse });
    const lines: string[] = [];
    await using gatehouse = await sendingTo(server.port, { onLog: (line) => lines.push(line) });
    await send(gatehouse, { to: "nobody@example.com" });
    await vi.waitFor(async () => {
      expect((await queuedJobs(gatehouse)).map((job) => job["name"])).toContain("dead-letters");
    }, patience);
    expect(server.connections()).toBe(1);
    expect(lines.join()).toContain("SMTP 550");
    const stored = await runSql(gatehouse.gatehouse.deps.db, "select data, output, source_output from pgboss.job");
    expect(`${lines.join()}${JSON.stringify(stored.rows)}`).not.toMatch(/nobody@|the-secret-token/);
    await send(gatehouse);
    const [received] = await arrived(server);
    expect(received?.to?.[0]?.address).toBe("ada@example.com");
  });
});

test.skipIf(postgresUnreachable)(
  "is sent once when the mail server answers too late for a stopping server",
  async () => {
    await using server = await startGatedMailServer();
    const environment = { SMTP_URL: server.url, MAIL_FROM: "accounts@acme.example", SHUTDOWN_TIMEOUT_SECONDS: "1" };
    await using database = await createTestDatabase();
    const stopping = await startGatehouse({ environment, database });
    await send(stopping);
    await server.broughtFor("ada@example.com");
    await stopping.gatehouse.close();
    server.open();
    await using next = await startGatehouse({ environment, database });
    await vi.waitFor(async () => expect(await queuedJobs(next)).toMatchObject([{ state: "completed" }]), patience);
    expect(server.delivered).toEqual(["ada@example.com"]);
  },
);

test("is not sent when its link has expired before its turn", async () => {
  await using server = await startMailServer();
  const lines: string[] = [];
  await using gatehouse = await sendingTo(server.port, { onLog: (line) => lines.push(line) });
  const { deps } = gatehouse.gatehouse;
  await inTransaction(deps.db, async (trx) => {
    await sendMail(deps, trx, mail);
    gatehouse.clock.advance(30 * 60);
  });
  await vi.waitFor(() => expect(lines.join()).toContain("its link has expired"), patience);
  await vi.waitFor(async () => expect(await queuedJobs(gatehouse)).toMatchObject([{ state: "completed" }]), patience);
  expect(server.received).toEqual([]);
});

describe("production without a mail server", () => {
  const environment = { NODE_ENV: "production", PUBLIC_URL: "https://accounts.example.com" };

  test("logs this at the start, sends nothing and queues nothing", async () => {
    const lines: string[] = [];
    await using gatehouse = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
    expect(lines.filter((line) => line.includes("not configured"))).toHaveLength(3);
    await send(gatehouse);
    expect(await queuedJobs(gatehouse)).toEqual([]);
    expect(lines.at(-1)).toContain("mail is not configured");
  });
});
