import { describe, expect, test, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { webhookDeliveryJob } from "../../packages/server/src/webhook/delivery-job.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { messagesTo, receive } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startPair } from "../support/server-pair.ts";
import { startServerProcess } from "../support/server-process.ts";
import {
  createWebhook,
  insideReceivers,
  listDeliveries,
  type Receiver,
  receiveRequests,
  retryNow,
  settleDeliveries,
  startReceiver,
} from "../support/webhooks.ts";

const daySeconds = 24 * 60 * 60;

interface Scene extends AsyncDisposable {
  readonly server: TestGatehouse;
  readonly receiver: Receiver;
  readonly webhookId: string;
  /** Calls as an administrator, who has signed in for it, however far the clock was moved. */
  call(path: string, request?: { readonly method?: string; readonly body?: unknown }): ReturnType<typeof rest>;
  /** Causes an event. */
  cause(): Promise<unknown>;
  deliveries(): ReturnType<typeof listDeliveries>;
  readWebhook(): Promise<Readonly<Record<string, unknown>>>;
  redeliver(deliveryId: string): ReturnType<typeof rest>;
}

/** Waits until no mail is being sent. */
async function settleMails({ gatehouse }: TestGatehouse): Promise<void> {
  await vi.waitFor(async () => {
    const open = "select from pgboss.job where name = 'send-mail' and state in ('created', 'active')";
    expect((await runSql(gatehouse.deps.db, open)).rows).toEqual([]);
  }, patience);
}

async function setScene(environment: Readonly<Record<string, string>> = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await startReceiver());
  const server = stack.use(await startGatehouse({ environment: { ...insideReceivers, ...environment } }));
  const admin = await registerWithRoles(server);
  const { webhook } = await createWebhook(server, admin, { url: receiver.url, events: ["user.created"] });
  const path = `/v1/webhooks/${webhook.id}`;
  const call: Scene["call"] = async (address, request) => {
    const { body } = await login(server.url, { identifier: admin.email, password: admin.password });
    return await rest(server.url, address, { ...request, token: body.session.accessToken });
  };
  const owned = stack.move();
  return {
    server,
    receiver,
    webhookId: webhook.id,
    call,
    cause: () => registerAccount(server.url),
    deliveries: async () => (await call(`${path}/deliveries`)).body.items,
    readWebhook: async () => (await call(path)).body,
    redeliver: (id) => call(`${path}/deliveries/${id}/redeliver`, { method: "POST" }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("a delivery is a POST of JSON, and the log says what the receiver answered", async () => {
  await using scene = await setScene();
  scene.receiver.answer({ status: 200, body: "thank you" });
  await scene.cause();
  await settleDeliveries(scene.server);
  const [request] = scene.receiver.requests;
  expect(request?.path).toBe("/hook");
  expect(request?.headers).toMatchObject({ "content-type": "application/json" });
  expect(request?.headers["user-agent"]).toMatch(/^Gatehouse\//);
  expect(request?.event.timestamp).toBe(scene.server.clock.now().toISOString());
  expect(await scene.deliveries()).toMatchObject([
    {
      eventId: request?.headers["webhook-id"],
      type: "user.created",
      status: "delivered",
      attempts: 1,
      responseStatus: 200,
      responseExcerpt: "thank you",
      error: null,
    },
  ]);
});

test("a failed delivery is tried again with the same id and body, until it succeeds", async () => {
  await using scene = await setScene();
  scene.receiver.answer({ status: 503, body: "down" });
  await scene.cause();
  await settleDeliveries(scene.server);
  expect(await scene.deliveries()).toMatchObject([{ status: "pending", attempts: 1, responseStatus: 503 }]);
  expect(await scene.readWebhook()).toMatchObject({ failingSince: scene.server.clock.now().toISOString() });
  scene.server.clock.advance(60);
  scene.receiver.answer({ status: 204 });
  await retryNow(scene.server);
  expect(await scene.deliveries()).toMatchObject([{ status: "delivered", attempts: 2, responseExcerpt: "" }]);
  expect(await scene.readWebhook()).toMatchObject({ failingSince: null });
  const [first, second, ...others] = scene.receiver.requests;
  expect(others).toEqual([]);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.body).toBe(first?.body);
  const times = [first, second].map((request) => Number(request?.headers["webhook-timestamp"]));
  expect(Number(times[1]) - Number(times[0])).toBe(60);
});

test("a redirect is a failure and is not followed", async () => {
  await using scene = await setScene();
  await using target = await startReceiver();
  scene.receiver.answer({ status: 302, headers: { location: target.url } });
  await scene.cause();
  await settleDeliveries(scene.server);
  expect(await scene.deliveries()).toMatchObject([{ status: "pending", error: "The receiver answered 302" }]);
  expect(target.requests).toEqual([]);
});

test("the log keeps the first 1024 bytes of a response, also of one that is no text", async () => {
  await using scene = await setScene();
  scene.receiver.answer({ status: 200, body: `\0${"ä".repeat(100_000)}` });
  await scene.cause();
  await settleDeliveries(scene.server);
  const [{ responseExcerpt, status }] = await scene.deliveries();
  expect(status).toBe("delivered");
  expect(responseExcerpt).toMatch(/^\u{fffd}ä{511}\u{fffd}?$/u);
});

test("the attempts take about three days, and the last one fails for good", async () => {
  const { maxAttempts, firstDelaySeconds, maxDelaySeconds } = webhookDeliveryJob.retry;
  // pg-boss takes between once and twice the doubled delay, and at most the longest.
  const pauses = Array.from({ length: maxAttempts - 1 }, (_, index) => firstDelaySeconds * 2 ** index);
  const total = (factor: number) =>
    pauses.reduce((sum, pause) => sum + Math.min(maxDelaySeconds, pause * factor), 0) / daySeconds;
  expect(total(1)).toBeGreaterThan(2.9);
  expect(total(2)).toBeLessThan(3.5);

  await using scene = await setScene();
  scene.receiver.answer({ status: 500 });
  await scene.cause();
  await settleDeliveries(scene.server);
  const { db } = scene.server.gatehouse.deps;
  await runSql(db, `update pgboss.job set retry_count = retry_limit - 1 where name = 'deliver-webhook'`);
  await retryNow(scene.server);
  expect(await scene.deliveries()).toMatchObject([{ status: "failed", attempts: 2 }]);
  // A receiver that is down is nothing that an operator could retry there.
  expect((await runSql(db, "select from pgboss.job where name = 'dead-letters'")).rows).toEqual([]);
});

describe("a receiver that answers 410", () => {
  test("gets nothing more, and the operator is told", async () => {
    await using scene = await setScene({ OPERATOR_EMAIL: "operator@example.com", OPERATOR_LOCALE: "es" });
    scene.receiver.answer({ status: 410 });
    await scene.cause();
    await settleDeliveries(scene.server);
    expect(await scene.deliveries()).toMatchObject([{ status: "failed", attempts: 1 }]);
    expect(await scene.readWebhook()).toMatchObject({ status: "gone" });
    const mail = await receive(scene.server, "operator@example.com", "webhook-stopped");
    expect(mail.subject).toContain("Se ha detenido un webhook");
    expect(mail.text).toContain(scene.webhookId);
    expect(mail.text).not.toContain("/hook");
    const { db } = scene.server.gatehouse.deps;
    const stops = `select actor_kind, personal->'details' as details from audit_event where action = 'webhook.stopped'`;
    expect((await runSql(db, stops)).rows).toMatchObject([{ actor_kind: "system", details: { reason: "gone" } }]);
    await scene.cause();
    await settleDeliveries(scene.server);
    expect(await scene.deliveries()).toHaveLength(1);
    expect(scene.receiver.requests).toHaveLength(1);
  });
});

describe("a receiver that only fails", () => {
  test("is paused after WEBHOOK_PAUSE_DAYS, with one mail, and gets what comes after it is resumed", async () => {
    await using scene = await setScene({ OPERATOR_EMAIL: "operator@example.com", WEBHOOK_PAUSE_DAYS: "2" });
    const { server, receiver } = scene;
    receiver.answer({ status: 500 });
    await Promise.all([scene.cause(), scene.cause(), scene.cause()]);
    await settleDeliveries(server);
    server.clock.advance(2 * daySeconds - 1);
    await retryNow(server);
    expect(await scene.readWebhook()).toMatchObject({ status: "active" });
    server.clock.advance(1);
    await retryNow(server);
    expect(await scene.readWebhook()).toMatchObject({ status: "paused" });
    await receive(server, "operator@example.com", "webhook-stopped");
    await settleMails(server);
    const mails = await messagesTo(server, "operator@example.com");
    expect(mails.map(({ template }) => template)).toEqual(["webhook-stopped"]);
    receiver.answer({ status: 204 });
    await scene.call(`/v1/webhooks/${scene.webhookId}`, { method: "PATCH", body: { status: "active" } });
    expect(await scene.readWebhook()).toMatchObject({ status: "active", failingSince: null });
    const before = receiver.requests.length;
    await scene.cause();
    await receiveRequests(receiver, before + 1);
  });

  test("is not paused if one attempt succeeded meanwhile", async () => {
    await using scene = await setScene({ WEBHOOK_PAUSE_DAYS: "2" });
    scene.receiver.answer({ status: 500 });
    await scene.cause();
    await settleDeliveries(scene.server);
    scene.server.clock.advance(daySeconds);
    scene.receiver.answer({ status: 204 });
    await scene.cause();
    await settleDeliveries(scene.server);
    scene.server.clock.advance(daySeconds + 1);
    scene.receiver.answer({ status: 500 });
    await retryNow(scene.server);
    expect(await scene.readWebhook()).toMatchObject({ status: "active" });
  });

  test("is never paused with WEBHOOK_PAUSE_DAYS=0", async () => {
    await using scene = await setScene({ WEBHOOK_PAUSE_DAYS: "0" });
    scene.receiver.answer({ status: 500 });
    await scene.cause();
    await settleDeliveries(scene.server);
    scene.server.clock.advance(400 * daySeconds);
    await retryNow(scene.server);
    expect(await scene.readWebhook()).toMatchObject({ status: "active" });
  });
});

describe("a redelivery", () => {
  test("sends a delivered event once more under its id", async () => {
    await using scene = await setScene();
    await scene.cause();
    await settleDeliveries(scene.server);
    const [{ id }] = await scene.deliveries();
    const { status, body } = await scene.redeliver(id);
    expect([status, body.status]).toEqual([202, "pending"]);
    const [first, second] = await receiveRequests(scene.receiver, 2);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.body).toBe(first?.body);
    await settleDeliveries(scene.server);
    expect(await scene.deliveries()).toMatchObject([{ id, status: "delivered", attempts: 2 }]);
  });

  test("takes the place of attempts that wait", async () => {
    await using scene = await setScene();
    scene.receiver.answer({ status: 500 });
    await scene.cause();
    await settleDeliveries(scene.server);
    scene.receiver.answer({ status: 204 });
    const [{ id }] = await scene.deliveries();
    await scene.redeliver(id);
    await receiveRequests(scene.receiver, 2);
    await settleDeliveries(scene.server);
    const { db } = scene.server.gatehouse.deps;
    await runSql(db, "update pgboss.job set start_after = now() where name = 'deliver-webhook' and state = 'retry'");
    await vi.waitFor(async () => {
      const waiting =
        "select from pgboss.job where name = 'deliver-webhook' and state in ('retry', 'active', 'created')";
      expect((await runSql(db, waiting)).rows).toEqual([]);
    }, patience);
    expect(scene.receiver.requests).toHaveLength(2);
  });

  test("is refused for a webhook that is not active, and for a delivery of another webhook", async () => {
    await using scene = await setScene();
    await scene.cause();
    await settleDeliveries(scene.server);
    const [{ id }] = await scene.deliveries();
    const body = { url: scene.receiver.url, events: ["user.deleted"] };
    const other = (await scene.call("/v1/webhooks", { body })).body.webhook.id;
    const refused = await scene.call(`/v1/webhooks/${other}/deliveries/${id}/redeliver`, { method: "POST" });
    expect(refused.body.code).toBe("NOT_FOUND");
    await scene.call(`/v1/webhooks/${scene.webhookId}`, { method: "PATCH", body: { status: "disabled" } });
    expect((await scene.redeliver(id)).body.code).toBe("WEBHOOK_NOT_ACTIVE");
    expect(await scene.deliveries()).toMatchObject([{ id, status: "delivered" }]);
  });
});

test("what waits for a webhook that is disabled is canceled", async () => {
  await using scene = await setScene();
  scene.receiver.answer({ status: 500 });
  await scene.cause();
  await settleDeliveries(scene.server);
  await scene.call(`/v1/webhooks/${scene.webhookId}`, { method: "PATCH", body: { status: "disabled" } });
  const { db } = scene.server.gatehouse.deps;
  await runSql(db, "update pgboss.job set start_after = now() where name = 'deliver-webhook' and state = 'retry'");
  await vi.waitFor(async () => expect(await scene.deliveries()).toMatchObject([{ status: "canceled" }]), patience);
  expect(scene.receiver.requests).toHaveLength(1);
});

test("an event is delivered only if its transaction commits", async () => {
  await using scene = await setScene();
  const { email } = await registerAccount(scene.server.url);
  await settleDeliveries(scene.server);
  await Promise.all(
    Array.from({ length: 5 }, () =>
      rest(scene.server.url, "/v1/auth/register", {
        body: { email, password: "correct horse battery" },
      }),
    ),
  );
  await settleDeliveries(scene.server);
  expect(await scene.deliveries()).toHaveLength(1);
});

describe.skipIf(postgresUnreachable)("several servers", () => {
  test("deliver each event once between them", async () => {
    await using receiver = await startReceiver();
    await using pair = await startPair({ environment: insideReceivers });
    const admin = await registerWithRoles(pair.first);
    await createWebhook(pair.first, admin, { url: receiver.url, events: ["user.created"] });
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => registerAccount([pair.first, pair.second][index % 2]?.url ?? "")),
    );
    await settleDeliveries(pair.first);
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(ids.length);
    // The second server may serve events without the webhook for up to a second.
    expect(ids.length).toBeGreaterThanOrEqual(6);
  });

  test("serve a new webhook everywhere within a second", async () => {
    await using receiver = await startReceiver();
    await using pair = await startPair({ environment: insideReceivers });
    const admin = await registerWithRoles(pair.first);
    await createWebhook(pair.first, admin, { url: receiver.url, events: ["user.created"] });
    const created = performance.now();
    const { listenedEvents } = pair.second.gatehouse.deps;
    await vi.waitFor(() => expect(listenedEvents.mayListen("user.created")).toBe(true), patience);
    expect(performance.now() - created).toBeLessThan(1100);
    await registerAccount(pair.second.url);
    await receiveRequests(receiver, 1);
  });

  test("bring an event again, under its id, that a server was killed over", async () => {
    await using database = await createTestDatabase();
    await using receiver = await startReceiver();
    const gate = Promise.withResolvers<{ status: number }>();
    receiver.answer(gate.promise);
    await using server = await startGatehouse({ database, environment: { ...insideReceivers, JOBS: "off" } });
    const admin = await registerWithRoles(server);
    const { webhook } = await createWebhook(server, admin, { url: receiver.url, events: ["user.created"] });
    const ring = server.gatehouse.deps.config.encryptionKeys;
    const [{ version, secret }] = ring;
    const environment = {
      ...insideReceivers,
      DATABASE_URL: database.url,
      PUBLIC_URL: "http://gatehouse.test",
      ENCRYPTION_KEYS: `${version}:${Buffer.from(secret).toString("base64")}`,
      DOCS: "off",
    };
    await using killed = await startServerProcess(environment);
    await registerAccount(server.url);
    await receiveRequests(receiver, 1);
    killed.child.kill("SIGKILL");
    gate.resolve({ status: 204 });
    await using _next = await startGatehouse({ database, environment });
    const [first, second] = await receiveRequests(receiver, 2);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    await vi.waitFor(
      async () =>
        expect(await listDeliveries(server, admin, webhook.id)).toMatchObject([{ status: "delivered", attempts: 1 }]),
      patience,
    );
  });
});
