import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { leaseSeconds } from "../../packages/server/src/notification/batch-watch.ts";
import { claimDeliveries } from "../../packages/server/src/notification/ledger-store.ts";
import { postgresUnreachable } from "../support/database.ts";
import {
  addDevices,
  cancel,
  countsOf,
  deliver,
  fanOut,
  ledgerOf,
  PlayedSender,
  read,
  sendFor,
  startPushScene,
  waitUntilDone,
  work,
} from "../support/notifications.ts";
import { patience } from "../support/patience.ts";
import { startBeside } from "../support/server-pair.ts";

const everyone = { audience: { everyone: true } };

describe.skipIf(postgresUnreachable)("several workers", () => {
  test("deliver to each of 20,000 devices exactly once", async () => {
    await using scene = await startPushScene({ environment: { JOBS: "on" } });
    const other = new PlayedSender();
    await using _second = await startBeside(scene.server, { pushSender: other });
    const devices = await addDevices(scene.server, { count: 20_000 });
    const id = await sendFor(scene, everyone);
    await waitUntilDone(scene, id);
    expect(await countsOf(scene, id)).toEqual({ sent: 20_000 });
    expect(await ledgerOf(scene, id)).toMatchObject([{ state: "sent", count: 20_000 }]);
    const tokens = [...scene.sender.tokens, ...other.tokens];
    expect([tokens.length, new Set(tokens).size]).toEqual([devices.length, devices.length]);
  });

  test("fan out and settle many notifications at once, and count each delivery once", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await using second = await startBeside(server, { pushSender: sender, environment: { JOBS: "off" } });
    await addDevices(server, { count: 700 });
    // Each batch has deliveries of several notifications, in different orders.
    sender.answer(({ id }) =>
      id < "8" ? { status: "sent" } : { status: "retry", scope: "message", reason: "busy", afterMillis: 1000 },
    );
    const ids = await Promise.all(Array.from({ length: 5 }, () => sendFor(scene, everyone)));
    await Promise.all([fanOut(server), fanOut(second), deliver(server), deliver(second)]);
    sender.answer({ status: "sent" });
    for (const _round of [1, 2]) {
      server.clock.advance(10);
      await Promise.all([work(server), work(second)]);
    }
    for (const id of ids) {
      expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, sent: 700 } });
    }
  });
});

describe("a worker that dies between sending and settling", () => {
  test("leaves its deliveries to others when its lease has ended, and none is lost", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 3 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    // This worker claims, and nothing is heard of it any more.
    const now = server.clock.now();
    const claim = { now, leaseUntil: new Date(now.getTime() + leaseSeconds * 1000), limit: 500 };
    expect(await inTransaction(server.gatehouse.deps.db, (trx) => claimDeliveries(trx, claim))).toHaveLength(3);
    server.clock.advance(leaseSeconds - 1);
    await deliver(server);
    expect([await countsOf(scene, id), sender.messages]).toEqual([{ queued: 3 }, []]);
    server.clock.advance(1);
    await deliver(server);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, sent: 3 } });
  });

  test("settles nothing if it comes back after others have claimed its deliveries", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 2 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    const held = Promise.withResolvers<void>();
    sender.answer(async () => {
      await held.promise;
      return { status: "refused", reason: "too late" };
    });
    const slow = deliver(server);
    await vi.waitFor(() => expect(sender.messages).toHaveLength(2), patience);
    sender.answer({ status: "sent" });
    // The lease ends as after a crash: nobody has renewed it.
    await runSql(server.gatehouse.deps.db, "update notification_delivery set due_at = '2020-01-01'");
    await deliver(server);
    // The first worker looks for more too, so it may be the one that claims them again.
    await waitUntilDone(scene, id);
    expect(await countsOf(scene, id)).toEqual({ sent: 2 });
    held.resolve();
    await slow;
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, sent: 2, failed: 0 } });
    expect(sender.messages).toHaveLength(4);
    expect(new Set(sender.messages.map((message) => message.id)).size).toBe(2);
  });
});

describe("a slow service", () => {
  test("keeps its deliveries, because the worker renews its lease", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    const held = Promise.withResolvers<void>();
    sender.answer(async () => {
      await held.promise;
      return { status: "sent" };
    });
    const slow = deliver(server);
    await vi.waitFor(() => expect(sender.messages).toHaveLength(1), patience);
    const due = "select due_at from notification_delivery";
    const before = (await runSql(server.gatehouse.deps.db, due)).rows;
    server.clock.advance(30);
    await vi.waitFor(
      async () => expect((await runSql(server.gatehouse.deps.db, due)).rows).not.toEqual(before),
      patience,
    );
    server.clock.advance(50);
    await deliver(server);
    expect(sender.messages).toHaveLength(1);
    held.resolve();
    await slow;
    expect(await countsOf(scene, id)).toEqual({ sent: 1 });
  });

  test("keeps the deliveries of no other service waiting", async () => {
    await using scene = await startPushScene({ environment: { JOBS: "on" } });
    const { server, sender } = scene;
    const held = Promise.withResolvers<void>();
    sender.answer(async ({ target }) => {
      if (target.service === "web_push") await held.promise;
      return { status: "sent" };
    });
    await addDevices(server, { count: 2 });
    await addDevices(server, { count: 3, columns: { platform: "'web'", push_service: "'web_push'" } });
    const ids = [await sendFor(scene, everyone)];
    const settled = () => expect(countsOf(scene, ids.at(-1) ?? "")).resolves.toEqual({ queued: 3, sent: 2 });
    await vi.waitFor(settled, patience);
    ids.push(await sendFor(scene, everyone));
    await vi.waitFor(settled, patience);
    held.resolve();
    for (const id of ids) await waitUntilDone(scene, id);
  });
});

describe("a cancellation", () => {
  test("of a notification that is being sent breaks off what is on its way, and drops the rest", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 5000 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    // A service that answers only when it is told to end, like one that is very slow.
    sender.answer(async (_message, signal) => {
      await delay(3_600_000, undefined, { signal }).catch(() => undefined);
      return { status: "retry", scope: "message", reason: "aborted" };
    });
    const working = deliver(server);
    await vi.waitFor(() => expect(sender.messages.length).toBeGreaterThan(0), patience);
    expect((await cancel(scene, id)).status).toBe(204);
    await working;
    expect(sender.messages.length).toBeLessThan(5000);
    const canceled = await read(scene, id);
    expect(canceled).toMatchObject({ status: "canceled", isFannedOut: true, counts: { queued: 0, dropped: 5000 } });
    expect(await ledgerOf(scene, id)).toEqual([{ state: "dropped", count: 5000, reason: "canceled" }]);
  });

  test("lets other notifications of the same batch go on without a lost attempt", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 10 });
    const [wanted, unwanted] = [await sendFor(scene, everyone), await sendFor(scene, { ...everyone, title: "Wrong" })];
    await fanOut(server);
    let isBroken = false;
    sender.answer(async (_message, signal) => {
      if (isBroken) return { status: "sent" };
      await delay(3_600_000, undefined, { signal }).catch(() => undefined);
      isBroken = true;
      return { status: "retry", scope: "message", reason: "aborted" };
    });
    const working = deliver(server);
    await vi.waitFor(() => expect(sender.messages).toHaveLength(20), patience);
    await cancel(scene, unwanted);
    await working;
    expect(await read(scene, wanted)).toMatchObject({ status: "done", counts: { sent: 10 } });
    expect(await countsOf(scene, unwanted)).toEqual({ dropped: 10 });
    const failures = "select max(failures) as failures from notification_delivery";
    expect((await runSql(server.gatehouse.deps.db, failures)).rows).toEqual([{ failures: 0 }]);
  });

  test("stops a fan-out, which adds no more deliveries", async () => {
    await using scene = await startPushScene();
    const { server } = scene;
    await addDevices(server, { count: 10 });
    const id = await sendFor(scene, everyone);
    await cancel(scene, id);
    await work(server);
    expect(await read(scene, id)).toMatchObject({ status: "canceled", isFannedOut: false, counts: { queued: 0 } });
  });

  test.skipIf(postgresUnreachable)("against workers that claim and settle leaves the counts right", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await using second = await startBeside(server, { pushSender: sender, environment: { JOBS: "off" } });
    await addDevices(server, { count: 3000 });
    sender.answer(async () => {
      await delay(1);
      return { status: "sent" };
    });
    const id = await sendFor(scene, everyone);
    const working = [work(server), work(second)];
    await vi.waitFor(() => expect(sender.messages.length).toBeGreaterThan(0), patience);
    await cancel(scene, id);
    await Promise.all(working);
    await Promise.all([work(server), work(second)]);
    const { status, counts } = await read(scene, id);
    const rows = await ledgerOf(scene, id);
    const states = Object.fromEntries(rows.map((row) => [row["state"], row["count"]]));
    expect([counts.queued, counts.sent, counts.dropped]).toEqual([0, states["sent"] ?? 0, states["dropped"] ?? 0]);
    expect(["canceled", "done"]).toContain(status);
  });
});

describe("a worker that is stopped", () => {
  test("finishes what is on its way and claims nothing more", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 5000 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    const stopping = new AbortController();
    sender.answer(() => {
      stopping.abort();
      return { status: "sent" };
    });
    await deliver(server, { stopped: stopping.signal });
    const { sent, queued } = (await read(scene, id)).counts;
    expect([sent, sent + queued]).toEqual([sender.messages.length, 5000]);
    expect(queued).toBeGreaterThan(0);
    await deliver(server);
    expect(await countsOf(scene, id)).toEqual({ sent: 5000 });
  });

  test("gives back at once what it breaks off", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 10 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    const [stopped, aborted] = [new AbortController(), new AbortController()];
    sender.answer(async (_message, signal) => {
      await delay(3_600_000, undefined, { signal }).catch(() => undefined);
      return { status: "retry", scope: "message", reason: "aborted" };
    });
    const working = deliver(server, { stopped: stopped.signal, aborted: aborted.signal });
    await vi.waitFor(() => expect(sender.messages).toHaveLength(10), patience);
    stopped.abort();
    aborted.abort();
    await working;
    sender.answer({ status: "sent" });
    await deliver(server);
    expect(await countsOf(scene, id)).toEqual({ sent: 10 });
  });
});
