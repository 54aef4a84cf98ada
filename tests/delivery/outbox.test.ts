import { request } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { sendMail } from "../../packages/server/src/delivery/email/service.ts";
import { listOutbox } from "../../packages/server/src/delivery/outbox/service.ts";
import { sendSms } from "../../packages/server/src/delivery/sms/service.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { settle } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

/** Never aborted. */
const { signal } = new AbortController();

const url = "http://gatehouse.test/account/magic-link#token=abc";

async function sendBoth({ gatehouse: { deps } }: TestGatehouse): Promise<void> {
  const to = { to: "ada@example.com", locale: "en", name: "Ada" };
  await inTransaction(deps.db, async (trx) => {
    await sendMail(deps, trx, { ...to, template: "magic-link", url, validForMinutes: 15 });
    const code = { template: "phone-code", code: "042137", validForMinutes: 10 } as const;
    await sendSms(deps, trx, { to: "+34600000001", locale: "en", ...code });
  });
  await vi.waitFor(async () => expect(await listOutbox(deps)).toHaveLength(2), patience);
}

/** By `node:http`, since `fetch` lets nobody choose the `Host`. */
function statusAt(url: string, host: string): Promise<number | undefined> {
  const headers = { host };
  return new Promise((resolve, reject) => {
    const sent = request(new URL("/dev/outbox", url), { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

async function open(server: TestGatehouse, path: string) {
  const response = await fetch(new URL(path, server.url));
  return {
    status: response.status,
    policy: response.headers.get("content-security-policy"),
    originAgentCluster: response.headers.get("origin-agent-cluster"),
    html: await response.text(),
  };
}

describe.each([{ embedded: false }, { embedded: true }])("the outbox (embedded: $embedded)", ({ embedded }) => {
  test("shows rendered mail, its text, and text messages", async () => {
    await using server = await startGatehouse({ embedded });
    expect((await open(server, "/dev/outbox")).html).toContain("Nothing yet.");
    await sendBoth(server);
    const list = await open(server, "/dev/outbox");
    expect(list.html).toContain("Your link to sign in to Gatehouse");
    expect(list.html).toContain("042137 is your code");
    expect(list.html).toContain("<title>Outbox · Gatehouse</title>");
    expect(list.html).toContain("ada<wbr>@example<wbr>.com");
    expect(list.html).toMatch(/<time datetime="[^"]+Z">[-\d]+ [:\d]+ UTC<\/time>/);
    const mail = (await listOutbox(server.gatehouse.deps)).find(({ kind }) => kind === "mail");
    const page = await open(server, `/dev/outbox/${mail?.message_id}`);
    expect(page.html).toContain(`<a href="${url}"`);
    expect(page.html).toContain(`src="/dev/outbox/${mail?.message_id}/html" sandbox="allow-popups`);
    const framed = await open(server, `/dev/outbox/${mail?.message_id}/html`);
    // Browsers warn where a sandbox, whose origin is no other page's, asks for a cluster of its own.
    expect([list.originAgentCluster, page.originAgentCluster, framed.originAgentCluster]).toEqual(["?1", "?1", null]);
    expect(framed.html).toContain(`href="${url}"`);
    expect(framed.policy).toMatch(/default-src 'none';.*frame-ancestors 'self'; sandbox allow-popups/);
  });
});

describe("the outbox", () => {
  const shared = shareGatehouse();

  test("says how many mails wait, and until when", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_MAIL_SPACING_SECONDS: "3600" } });
    const { email } = await registerAccount(server.url);
    const forgot = () => rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    await forgot();
    await settle(server);
    expect((await open(server, "/dev/outbox")).html).not.toContain("wait");
    await forgot();
    await settle(server);
    expect((await open(server, "/dev/outbox")).html).toMatch(
      /1 mail waits for a turn, the next one until \d\d:\d\d:\d\d UTC/,
    );
  });

  test("answers 404 for unknown messages", async () => {
    const server = shared();
    const missing = [crypto.randomUUID(), "1", "%27", `${crypto.randomUUID()}/html`];
    for (const id of missing) expect([id, (await open(server, `/dev/outbox/${id}`)).status]).toEqual([id, 404]);
  });

  test("escapes messages in its pages", async () => {
    const server = shared();
    const id = crypto.randomUUID();
    const evil = "<script>alert(1)</script>";
    const message = { id, to: `${evil}@example.com`, template: evil, subject: evil, html: evil, text: evil };
    await server.gatehouse.deps.mailSender.send(message, signal);
    for (const path of ["/dev/outbox", `/dev/outbox/${id}`])
      expect((await open(server, path)).html).not.toContain(evil);
  });

  test("shows a message once even if it was delivered twice, and keeps the newest 300", async () => {
    const server = shared();
    await clearAccounts(server);
    const { deps } = server.gatehouse;
    const message = { to: "+34600000001", template: "phone-code", text: "Hello" };
    const id = crypto.randomUUID();
    await deps.smsSender.send({ id, ...message }, signal);
    await deps.smsSender.send({ id, ...message }, signal);
    expect(await listOutbox(deps)).toHaveLength(1);
    for (let sent = 0; sent < 300; sent++) await deps.smsSender.send({ id: crypto.randomUUID(), ...message }, signal);
    const kept = await listOutbox(deps);
    expect(kept).toHaveLength(300);
    expect(kept.some((row) => row.message_id === id)).toBe(false);
  });

  test("cannot be read by pages of other origins", async () => {
    const server = shared();
    for (const method of ["GET", "OPTIONS"]) {
      const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
      const response = await fetch(new URL("/dev/outbox", server.url), { method, headers });
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    const response = await fetch(new URL("/dev/outbox", server.url));
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  test("opens only under this machine's names and loopback addresses", async () => {
    const server = shared();
    const own = ["127.0.0.1:3000", "localhost:3000", "gatehouse.localhost", "[::1]:3000", "GATEHOUSE.test"];
    const foreign = ["rebound.evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000"];
    for (const host of own) expect([host, await statusAt(server.url, host)]).toEqual([host, 200]);
    for (const host of foreign) expect([host, await statusAt(server.url, host)]).toEqual([host, 404]);
  });

  test.each(["production", "staging"])("does not exist in %s", async (NODE_ENV) => {
    const environment = { NODE_ENV, PUBLIC_URL: "https://accounts.example.com" };
    await using server = await startGatehouse({ environment });
    for (const path of ["/dev/outbox", `/dev/outbox/${crypto.randomUUID()}`]) {
      expect((await open(server, path)).status).toBe(404);
    }
  });
});
