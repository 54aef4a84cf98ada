import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import {
  createWebhook,
  insideReceivers,
  type ReceivedRequest,
  type Receiver,
  receiveRequests,
  startReceiver,
} from "../support/webhooks.ts";

const hourSeconds = 60 * 60;

/** Whether a receiver with this secret accepts the request, by the library of the specification. */
function accepts(secret: string, { body, headers }: ReceivedRequest): boolean {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  try {
    new Webhook(secret).verify(body, given);
    return true;
  } catch {
    return false;
  }
}

/** The newest request, once an event was caused. */
async function causeRequest({ url }: TestGatehouse, receiver: Receiver): Promise<ReceivedRequest> {
  const before = receiver.requests.length;
  await registerAccount(url);
  const request = (await receiveRequests(receiver, before + 1))[before];
  if (request === undefined) throw new Error("The receiver got no request");
  return request;
}

async function rotate({ url }: TestGatehouse, { email, password }: Account, id: string): Promise<string> {
  const { body } = await login(url, { identifier: email, password });
  const token = body.session.accessToken;
  return (await rest(url, `/v1/webhooks/${id}/rotate-secret`, { method: "POST", token })).body.secret;
}

describe("a receiver with the library of Standard Webhooks", () => {
  test("accepts a delivery with the secret of the webhook, and with no other", async () => {
    await using receiver = await startReceiver();
    await using server = await startGatehouse({ environment: insideReceivers });
    const admin = await registerWithRoles(server);
    const wanted = { url: receiver.url, events: ["user.created"] } as const;
    const { secret } = await createWebhook(server, admin, wanted);
    const request = await causeRequest(server, receiver);
    expect(accepts(secret, request)).toBe(true);
    await using elsewhere = await startReceiver();
    const other = await createWebhook(server, admin, { ...wanted, url: elsewhere.url });
    expect(accepts(other.secret, request)).toBe(false);
    expect(accepts(secret, { ...request, body: `${request.body} ` })).toBe(false);
    const replayed = { ...request.headers, "webhook-timestamp": "1700000000" };
    expect(accepts(secret, { ...request, headers: replayed })).toBe(false);
  });

  test("accepts both secrets after a rotation, and the old one no longer once the overlap is over", async () => {
    await using receiver = await startReceiver();
    const environment = { ...insideReceivers, WEBHOOK_SECRET_OVERLAP_HOURS: "2" };
    await using server = await startGatehouse({ environment });
    const admin = await registerWithRoles(server);
    const { webhook, secret: old } = await createWebhook(server, admin, {
      url: receiver.url,
      events: ["user.created"],
    });
    const renewed = await rotate(server, admin, webhook.id);
    expect(renewed).not.toBe(old);
    const during = await causeRequest(server, receiver);
    expect([accepts(old, during), accepts(renewed, during)]).toEqual([true, true]);
    server.clock.advance(2 * hourSeconds);
    const request = await causeRequest(server, receiver);
    // The library compares the time with the machine's clock, which the test did not move.
    const [signature, ...others] = String(request.headers["webhook-signature"]).split(" ");
    expect(others).toEqual([]);
    const at = new Date(Number(request.headers["webhook-timestamp"]) * 1000);
    expect(signature).toBe(new Webhook(renewed).sign(String(request.headers["webhook-id"]), at, request.body));
  });

  test("no longer accepts the first secret after two rotations", async () => {
    await using receiver = await startReceiver();
    await using server = await startGatehouse({ environment: insideReceivers });
    const admin = await registerWithRoles(server);
    const { webhook, secret } = await createWebhook(server, admin, { url: receiver.url, events: ["user.created"] });
    const [second, third] = [await rotate(server, admin, webhook.id), await rotate(server, admin, webhook.id)];
    const request = await causeRequest(server, receiver);
    expect([secret, second, third].map((each) => accepts(each, request))).toEqual([false, true, true]);
  });

  test("accepts one secret more or less after concurrent rotations: the last two", async () => {
    await using receiver = await startReceiver();
    await using server = await startGatehouse({ environment: insideReceivers });
    const admin = await registerWithRoles(server);
    const { webhook } = await createWebhook(server, admin, { url: receiver.url, events: ["user.created"] });
    const secrets = await Promise.all(Array.from({ length: 5 }, () => rotate(server, admin, webhook.id)));
    const request = await causeRequest(server, receiver);
    expect(secrets.filter((secret) => accepts(secret, request))).toHaveLength(2);
  });
});
