import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { maxAttempts } from "../../packages/server/src/notification/settlement.ts";
import {
  addDevices,
  countsOf,
  deliver,
  fanOut,
  ledgerOf,
  type PushScene,
  read,
  sendFor,
  startPushScene,
  work,
} from "../support/notifications.ts";

const everyone = { audience: { everyone: true } };

const select = async ({ server }: PushScene, statement: string) =>
  (await runSql(server.gatehouse.deps.db, statement)).rows;

const tokenOf = async (scene: PushScene, id: string | undefined) =>
  (await select(scene, `select push_token, active from device where public_id = '${id}'`))[0];

test("a delivery that the service accepts is sent, and the notification is done", async () => {
  await using scene = await startPushScene();
  await addDevices(scene.server, { count: 3 });
  const id = await sendFor(scene, everyone);
  expect(await read(scene, id)).toMatchObject({ status: "sending", isFannedOut: false });
  await fanOut(scene.server);
  expect(await read(scene, id)).toMatchObject({ status: "sending", isFannedOut: true, counts: { queued: 3 } });
  await deliver(scene.server);
  const done = await read(scene, id);
  expect(done).toMatchObject({ status: "done", finishedAt: scene.server.clock.now().toISOString() });
  expect(done.counts).toEqual({ queued: 0, sent: 3, failed: 0, dropped: 0, pruned: 0, suppressed: 0 });
  expect(await ledgerOf(scene, id)).toMatchObject([{ state: "sent", count: 3 }]);
});

describe("a dead token", () => {
  const dead = { status: "dead_token", reason: "Unregistered" } as const;

  test("is pruned after one answer, and the event of the device has no token", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const [device, other] = await addDevices(server, { count: 2 });
    sender.answer(({ target }) => (target.token === device?.token ? dead : { status: "sent" }));
    const id = await sendFor(scene, everyone);
    await work(server);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { pruned: 1, sent: 1 } });
    expect(await tokenOf(scene, device?.id)).toEqual({ push_token: null, active: true });
    expect(await tokenOf(scene, other?.id)).toEqual({ push_token: other?.token, active: true });
    const events = "select target_id, account_id from audit_event where action = 'device.push_token_removed'";
    expect(await select(scene, events)).toEqual([{ target_id: device?.id, account_id: device?.userId }]);
    sender.messages.length = 0;
    await sendFor(scene, everyone);
    await work(server);
    expect(sender.tokens).toEqual([other?.token]);
  });

  test("leaves the device the token that it got meanwhile", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const [device] = await addDevices(server, { count: 1 });
    sender.answer(async () => {
      await runSql(server.gatehouse.deps.db, "update device set push_token = 'newer'");
      return dead;
    });
    const id = await sendFor(scene, everyone);
    await work(server);
    expect(await countsOf(scene, id)).toEqual({ pruned: 1 });
    expect(await tokenOf(scene, device?.id)).toMatchObject({ push_token: "newer" });
  });
});

test("a delivery that the service refuses fails at once, and the ledger says why", async () => {
  await using scene = await startPushScene();
  await addDevices(scene.server, { count: 1 });
  scene.sender.answer({ status: "refused", reason: "PayloadTooLarge" });
  const id = await sendFor(scene, everyone);
  await work(scene.server);
  expect(await ledgerOf(scene, id)).toEqual([{ state: "failed", count: 1, reason: "PayloadTooLarge" }]);
  expect(await countsOf(scene, id)).toEqual({ failed: 1 });
});

describe("a message that is to be tried again", () => {
  const retry = { status: "retry", scope: "message", reason: "busy" } as const;

  test("waits longer each time, with jitter, and fails after the last attempt", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    sender.answer(retry);
    const id = await sendFor(scene, { ...everyone, timeToLiveSeconds: 24 * 60 * 60 });
    await work(server);
    for (let attempt = 1; attempt < maxAttempts; attempt++) {
      expect(sender.messages).toHaveLength(attempt);
      const least = Math.min(600, 2 * 2 ** (attempt - 1));
      server.clock.advance(least - 1);
      await deliver(server);
      expect([attempt, sender.messages.length]).toEqual([attempt, attempt]);
      // At most twice as long.
      server.clock.advance(least + 1);
      await deliver(server);
    }
    expect(sender.messages).toHaveLength(maxAttempts);
    expect(await ledgerOf(scene, id)).toEqual([{ state: "failed", count: 1, reason: "busy" }]);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, failed: 1 } });
  });

  test("waits as long as the service asked", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    sender.answer({ ...retry, afterMillis: 120_000 });
    const id = await sendFor(scene, everyone);
    await work(server);
    sender.answer({ status: "sent" });
    server.clock.advance(119);
    await deliver(server);
    expect(await countsOf(scene, id)).toEqual({ queued: 1 });
    server.clock.advance(1);
    await deliver(server);
    expect(await countsOf(scene, id)).toEqual({ sent: 1 });
  });

  test("is dropped if the next attempt would be too late", async () => {
    await using scene = await startPushScene();
    await addDevices(scene.server, { count: 1 });
    scene.sender.answer({ ...retry, afterMillis: 60_000 });
    const id = await sendFor(scene, { ...everyone, timeToLiveSeconds: 60 });
    await work(scene.server);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { dropped: 1 } });
  });
});

describe("a service that asks to wait", () => {
  const wait = { status: "retry", scope: "service", reason: "503" } as const;

  test("gets nothing until then, from no worker, and no attempt is used up", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 3 });
    const others = await addDevices(server, { count: 2, columns: { push_service: "'fcm'" } });
    sender.answer(({ target }) => (target.service === "apns" ? { ...wait, afterMillis: 90_000 } : { status: "sent" }));
    const id = await sendFor(scene, everyone);
    await work(server);
    expect(await countsOf(scene, id)).toEqual({ queued: 3, sent: 2 });
    sender.messages.length = 0;
    const later = await sendFor(scene, everyone);
    server.clock.advance(89);
    await work(server);
    expect(sender.tokens).toEqual(others.map(({ token }) => token).toSorted());
    sender.answer({ status: "sent" });
    server.clock.advance(1);
    await work(server);
    expect([await countsOf(scene, id), await countsOf(scene, later)]).toEqual([{ sent: 5 }, { sent: 5 }]);
    expect(await select(scene, "select max(failures) as failures from notification_delivery")).toEqual([
      { failures: 0 },
    ]);
  });

  test("is asked again ever later while it stays down, for five minutes at most", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    sender.answer(wait);
    await sendFor(scene, everyone);
    await work(server);
    const pauses: number[] = [];
    for (let round = 0; round < 10; round++) {
      const [row] = await select(scene, "select extract(epoch from until)::float8 as until from push_service_pause");
      const seconds = Number(row?.["until"]) - server.clock.now().getTime() / 1000;
      pauses.push(seconds);
      server.clock.advance(seconds + 0.001);
      await work(server);
    }
    expect(sender.messages).toHaveLength(11);
    expect(pauses[0]).toBeGreaterThanOrEqual(2);
    expect(pauses[0]).toBeLessThanOrEqual(4);
    expect(pauses.slice(1, 6).every((pause, index) => pause > (pauses[index] ?? 0))).toBe(true);
    expect(pauses.at(-1)).toBe(300);
  });
});

test("a device that got a token of a service that pauses waits for it, and does not lengthen the pause", async () => {
  await using scene = await startPushScene();
  const { server, sender } = scene;
  const [device] = await addDevices(server, { count: 1 });
  const id = await sendFor(scene, everyone);
  await fanOut(server);
  const pause = "insert into push_service_pause (service, until, pauses) values ('fcm', $until, 1)";
  const until = new Date(server.clock.now().getTime() + 60_000).toISOString();
  await runSql(server.gatehouse.deps.db, pause.replace("$until", `'${until}'`));
  await runSql(server.gatehouse.deps.db, `update device set push_service = 'fcm' where public_id = '${device?.id}'`);
  let attempts = 0;
  sender.answer(() => {
    attempts += 1;
    if (attempts > 10) return { status: "sent" };
    return { status: "retry", scope: "service", reason: "503" };
  });
  await deliver(server);
  expect([attempts, await countsOf(scene, id)]).toEqual([1, { queued: 1 }]);
  sender.answer({ status: "sent" });
  server.clock.advance(60);
  await deliver(server);
  expect(await countsOf(scene, id)).toEqual({ sent: 1 });
});

describe("what cannot be sent", () => {
  test("because what it says cannot be opened holds up no other notification, and is dropped at its end", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 2 });
    const [broken, whole] = [
      await sendFor(scene, { ...everyone, timeToLiveSeconds: 300 }),
      await sendFor(scene, everyone),
    ];
    await fanOut(server);
    await runSql(server.gatehouse.deps.db, `update notification set content = '\\x00' where public_id = '${broken}'`);
    await deliver(server);
    const countsIn = `select queued::int, sent::int, dropped::int from notification where public_id = '${broken}'`;
    expect(await countsOf(scene, whole)).toEqual({ sent: 2 });
    expect(await select(scene, countsIn)).toEqual([{ queued: 2, sent: 0, dropped: 0 }]);
    server.clock.advance(300);
    await deliver(server);
    expect(await select(scene, countsIn)).toEqual([{ queued: 0, sent: 0, dropped: 2 }]);
    expect(sender.messages).toHaveLength(2);
  });

  test("because the sender throws is tried again, and fails after the last attempt", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    sender.answer(() => {
      throw new Error("a message that no sender can bear");
    });
    const id = await sendFor(scene, everyone);
    await work(server);
    for (let attempt = 1; attempt < maxAttempts; attempt++) {
      server.clock.advance(20 * 60);
      await deliver(server);
    }
    expect(sender.messages).toHaveLength(maxAttempts);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, failed: 1 } });
  });
});

test("a delivery whose time is over is dropped, and so is what was not fanned out by then", async () => {
  await using scene = await startPushScene();
  const { server, sender } = scene;
  await addDevices(server, { count: 2 });
  const id = await sendFor(scene, { ...everyone, timeToLiveSeconds: 60 });
  await fanOut(server);
  const late = await sendFor(scene, { ...everyone, timeToLiveSeconds: 60 });
  server.clock.advance(60);
  await work(server);
  expect(await read(scene, id)).toMatchObject({ status: "done", counts: { dropped: 2 } });
  expect(await ledgerOf(scene, id)).toEqual([{ state: "dropped", count: 2, reason: "expired" }]);
  expect(await read(scene, late)).toMatchObject({ status: "done", counts: { dropped: 0, queued: 0 } });
  expect(sender.messages).toEqual([]);
});

describe("a device that may get nothing any more after it was counted", () => {
  const onDevice = (condition: string) => (id: string) => `update device set ${condition} where public_id = '${id}'`;
  const onSession = (condition: string) => (id: string) =>
    `update session set ${condition} where device_id = (select id from device where public_id = '${id}')`;
  const onUser = (condition: string) => (id: string) =>
    `update "user" set ${condition} where id = (select user_id from device where public_id = '${id}')`;

  test.each([
    ["is muted", "muted", onDevice("muted = true")],
    ["is inactive", "signed_out", onDevice("active = false")],
    ["has no token", "no_token", onDevice("push_token = null, push_service = null, push_token_set_at = null")],
    ["is nobody's", "given_away", onDevice("user_id = null")],
    ["is deleted", "given_away", (id: string) => `delete from device where public_id = '${id}'`],
    ["has a revoked session", "signed_out", onSession("revoked_at = now(), revoked_reason = 'logout'")],
    ["has an idle session", "signed_out", onSession("idle_expires_at = '2020-01-01'")],
    ["has an expired session", "signed_out", onSession("expires_at = '2020-01-01'")],
    ["has a disabled user", "signed_out", onUser("status = 'disabled'")],
    ["has a deleted user", "signed_out", onUser("deleted_at = now()")],
  ])("because it %s is suppressed", async (_why, reason, change) => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const [device, other] = await addDevices(server, { count: 2 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    await runSql(server.gatehouse.deps.db, change(device?.id ?? ""));
    await deliver(server);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { suppressed: 1, sent: 1 } });
    expect((await ledgerOf(scene, id))[1]).toEqual({ state: "suppressed", count: 1, reason });
    expect(sender.tokens).toEqual([other?.token]);
  });

  test("because somebody else is signed in on it is suppressed", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const [device, other] = await addDevices(server, { count: 2 });
    const id = await sendFor(scene, { audience: { devices: [device?.id] } });
    await fanOut(server);
    const { db } = server.gatehouse.deps;
    const owner = `(select id from "user" where public_id = '${other?.userId}')`;
    await runSql(db, `update session set user_id = ${owner} where device_id is not null`);
    await runSql(db, `update device set user_id = ${owner}`);
    await deliver(server);
    expect(await countsOf(scene, id)).toEqual({ suppressed: 1 });
    expect(sender.messages).toEqual([]);
  });
});

test("single users do not wait behind a notification to everyone", async () => {
  await using scene = await startPushScene();
  const { server, sender } = scene;
  await addDevices(server, { count: 6000 });
  const [device] = await addDevices(server, { count: 1 });
  await sendFor(scene, everyone);
  await fanOut(server);
  await sendFor(scene, { audience: { users: [device?.userId] }, title: "For one" });
  await fanOut(server);
  await deliver(server);
  const place = sender.messages.findIndex(({ content }) => content.title === "For one");
  expect(sender.messages).toHaveLength(6002);
  // It was in one of the first batches of the workers.
  expect(place).toBeLessThan(3000);
});
