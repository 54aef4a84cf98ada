import { describe, expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/index.ts";
import { sendMail } from "../../packages/server/src/delivery/email/index.ts";
import { listOutbox } from "../../packages/server/src/delivery/outbox/index.ts";
import { sendSms } from "../../packages/server/src/delivery/sms/index.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

const url = "http://gatehouse.test/account/magic-link#token=abc";

async function sendBoth({ gatehouse: { deps } }: TestGatehouse): Promise<void> {
  const to = { to: "ada@example.com", locale: "en", name: "Ada" };
  await inTransaction(deps.db, async (trx) => {
    await sendMail(deps, trx, { ...to, template: "magic-link", url, validForMinutes: 15 });
    const code = { template: "phone-code", code: "042137", validForMinutes: 10 } as const;
    await sendSms(deps, trx, { to: "+34600000001", locale: "en", ...code });
  });
  await vi.waitFor(async () => expect(await listOutbox(deps)).toHaveLength(2), { timeout: 20_000 });
}

async function open(server: TestGatehouse, path: string) {
  const response = await fetch(new URL(path, server.url));
  return {
    status: response.status,
    policy: response.headers.get("content-security-policy"),
    html: await response.text(),
  };
}

describe.each([{ embedded: false }, { embedded: true }])("the outbox (embedded: $embedded)", ({ embedded }) => {
  test("shows mail as it looks, its text, and text messages", async () => {
    await using server = await startGatehouse({ embedded });
    expect((await open(server, "/dev/outbox")).html).toContain("Nothing yet.");
    await sendBoth(server);
    const list = await open(server, "/dev/outbox");
    expect(list.html).toContain("Your link to sign in to Gatehouse");
    expect(list.html).toContain("042137 is your code");
    const mail = (await listOutbox(server.gatehouse.deps)).find(({ kind }) => kind === "mail");
    const page = await open(server, `/dev/outbox/${mail?.message_id}`);
    expect(page.html).toContain(`<a href="${url}"`);
    expect(page.html).toContain(`src="/dev/outbox/${mail?.message_id}/html" sandbox="allow-popups`);
    const framed = await open(server, `/dev/outbox/${mail?.message_id}/html`);
    expect(framed.html).toContain(`href="${url}"`);
    expect(framed.policy).toMatch(/default-src 'none';.*frame-ancestors 'self'; sandbox allow-popups/);
  });
});

describe("the outbox", () => {
  test("knows nothing of messages that are not there", async () => {
    await using server = await startGatehouse();
    const missing = [crypto.randomUUID(), "1", "%27", `${crypto.randomUUID()}/html`];
    for (const id of missing) expect([id, (await open(server, `/dev/outbox/${id}`)).status]).toEqual([id, 404]);
  });

  test("does not let a message become a part of its pages", async () => {
    await using server = await startGatehouse();
    const id = crypto.randomUUID();
    const evil = "<script>alert(1)</script>";
    const message = { id, to: `${evil}@example.com`, template: evil, subject: evil, html: evil, text: evil };
    await server.gatehouse.deps.mailSender.send(message);
    for (const path of ["/dev/outbox", `/dev/outbox/${id}`])
      expect((await open(server, path)).html).not.toContain(evil);
  });

  test("shows a message once that was delivered twice, and keeps the newest 300", async () => {
    await using server = await startGatehouse();
    const { deps } = server.gatehouse;
    const message = { to: "+34600000001", template: "phone-code", text: "Hello" };
    const id = crypto.randomUUID();
    await deps.smsSender.send({ id, ...message });
    await deps.smsSender.send({ id, ...message });
    expect(await listOutbox(deps)).toHaveLength(1);
    for (let sent = 0; sent < 300; sent++) await deps.smsSender.send({ id: crypto.randomUUID(), ...message });
    const kept = await listOutbox(deps);
    expect(kept).toHaveLength(300);
    expect(kept.some((row) => row.message_id === id)).toBe(false);
  });

  test.each(["production", "staging"])("is not there in %s", async (NODE_ENV) => {
    const environment = { NODE_ENV, PUBLIC_URL: "https://accounts.example.com" };
    await using server = await startGatehouse({ environment });
    for (const path of ["/dev/outbox", `/dev/outbox/${crypto.randomUUID()}`]) {
      expect((await open(server, path)).status).toBe(404);
    }
  });
});
