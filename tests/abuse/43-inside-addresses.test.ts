import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { vapidPublicKey } from "../../packages/server/src/delivery/push/config.ts";
import { messageTo } from "../../packages/server/src/delivery/push/testing/push-message.ts";
import { createOutbound } from "../../packages/server/src/outbound/outbound.ts";
import { deliverWebhook } from "../../packages/server/src/webhook/deliver.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { createWebhook, listDeliveries, type Receiver, settleDeliveries, startReceiver } from "../support/webhooks.ts";

/** Whether the rules allow everything but addresses inside, so that nothing else refuses the receiver of this machine. */
const onlyInsideRefused = { OUTBOUND_HTTP: "on", OUTBOUND_PORTS: "any" };

const inside = [
  "http://127.0.0.1:PORT/",
  "http://2130706433:PORT/",
  "http://0177.0.0.1:PORT/",
  "http://0x7f.1:PORT/",
  "http://0.0.0.0:PORT/",
  "http://[::1]:PORT/",
  "http://[::ffff:127.0.0.1]:PORT/",
  "http://[::ffff:7f00:1]:PORT/",
  "http://[64:ff9b::7f00:1]:PORT/",
  "http://[fe80::1]:PORT/",
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/latest/meta-data/",
];

/** Puts an address into a webhook that no call would accept, as an older server may have, or a restored database. */
async function smuggle({ gatehouse }: TestGatehouse, id: string, url: string): Promise<void> {
  await runSql(gatehouse.deps.db, `update webhook set url = '${url}' where public_id = '${id}'`);
}

interface Scene {
  readonly server: TestGatehouse;
  readonly receiver: Receiver;
  readonly admin: Account;
  readonly webhookId: string;
}

async function inScene(test: (scene: Scene) => Promise<void>, environment = {}): Promise<void> {
  await using receiver = await startReceiver();
  await using server = await startGatehouse({ environment: { ...onlyInsideRefused, ...environment } });
  const admin = await registerWithRoles(server);
  const wanted = { url: "https://example.com/", events: ["user.created"] } as const;
  const { webhook } = await createWebhook(server, admin, wanted);
  await test({ server, receiver, admin, webhookId: webhook.id });
}

const portOf = ({ url }: Receiver) => new URL(url).port;

describe("row 43: a webhook whose address is inside", () => {
  test("is refused when it is created or changed", async () => {
    await inScene(async ({ server, receiver, admin, webhookId }) => {
      for (const pattern of inside) {
        const url = pattern.replace("PORT", portOf(receiver));
        const token = admin.accessToken;
        const created = await rest(server.url, "/v1/webhooks", { token, body: { url, events: ["user.created"] } });
        const path = `/v1/webhooks/${webhookId}`;
        const changed = await rest(server.url, path, { method: "PATCH", token, body: { url } });
        for (const { status, body } of [created, changed]) {
          expect([url, status, body.errors?.[0]?.path]).toEqual([url, 400, "url"]);
        }
      }
    });
  });

  test("is refused at its delivery too, before anything connects", async () => {
    await inScene(async ({ server, receiver, admin, webhookId }) => {
      const addresses = [...inside, "http://localhost:PORT/"];
      for (const pattern of addresses) {
        await smuggle(server, webhookId, pattern.replace("PORT", portOf(receiver)));
        await registerAccount(server.url);
        await settleDeliveries(server);
      }
      const deliveries = await listDeliveries(server, admin, webhookId);
      expect(deliveries).toHaveLength(addresses.length);
      for (const delivery of deliveries) {
        expect(delivery).toMatchObject({ responseStatus: null, error: "Must not be an address inside a network" });
      }
      expect(receiver.requests).toEqual([]);
    });
  });

  test("is refused at the delivery at which its name comes to resolve to inside", async () => {
    await inScene(
      async ({ server, receiver, admin, webhookId }) => {
        await smuggle(server, webhookId, `http://rebound.example:${portOf(receiver)}/`);
        for (let count = 0; count < 2; count++) await registerAccount(server.url);
        const answers = [["127.0.0.1"], ["10.0.0.7"]];
        const resolve = async () => answers.shift() ?? [];
        // Stands for a network in which 127.0.0.1 is public, since the test can be reached nowhere else.
        const rules = { allowsHttp: true, ports: "any", inside: ["127.0.0.1"] } as const;
        const deps = { ...server.gatehouse.deps, call: systemCall, outbound: createOutbound({ rules, resolve }) };
        const attempt = { id: "1", number: 1, signal: new AbortController().signal };
        const ids = (await listDeliveries(server, admin, webhookId)).map(({ id }: { id: string }) => id);
        const outcomes = [];
        for (const deliveryId of ids) {
          outcomes.push(await deliverWebhook(deps, { deliveryId, round: 0 }, attempt).then(() => "sent", String));
        }
        expect(outcomes).toEqual(["sent", expect.stringContaining("Must not be an address inside a network")]);
        expect(receiver.requests).toHaveLength(1);
      },
      { JOBS: "off" },
    );
  });

  test("is not reached by a redirect", async () => {
    await using target = await startReceiver();
    await inScene(
      async ({ server, receiver, admin, webhookId }) => {
        receiver.answer({ status: 308, headers: { location: target.url } });
        await smuggle(server, webhookId, receiver.url);
        await registerAccount(server.url);
        await settleDeliveries(server);
        expect(await listDeliveries(server, admin, webhookId)).toMatchObject([{ responseStatus: 308, attempts: 1 }]);
        expect(target.requests).toEqual([]);
      },
      { OUTBOUND_INSIDE: "127.0.0.1" },
    );
  });
});

test("row 43: a browser's subscription whose endpoint is inside gets no message", async () => {
  const { d: privateKey = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    format: "jwk",
  });
  const vapid = { VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: "mailto:operations@example.com" };
  await using receiver = await startReceiver();
  await using server = await startGatehouse({ environment: { ...onlyInsideRefused, ...vapid } });
  const keys = { p256dh: vapidPublicKey(privateKey), auth: randomBytes(16).toString("base64url") };
  const messages = [...inside, "http://localhost:PORT/"].map((pattern) => {
    const endpoint = pattern.replace("PORT", portOf(receiver));
    return messageTo("web_push", JSON.stringify({ endpoint, keys }));
  });
  const outcomes = await server.gatehouse.deps.pushSender.send(messages, new AbortController().signal);
  const reason = "the endpoint is not allowed: Must not be an address inside a network";
  expect(outcomes).toEqual(messages.map(() => ({ status: "refused", reason })));
  expect(receiver.requests).toEqual([]);
});

test("row 43: production does not start with plain http to outside", async () => {
  const environment = { NODE_ENV: "production", OUTBOUND_HTTP: "on", PUBLIC_URL: "https://accounts.example.com" };
  await expect(startGatehouse({ environment })).rejects.toThrow(/OUTBOUND_HTTP: must be off/);
});
