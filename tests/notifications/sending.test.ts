import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { addMember, createGroup, deleteGroup } from "../support/groups.ts";
import {
  addDevices,
  cancel,
  countsOf,
  fanOut,
  read,
  send,
  sendFor,
  startPushScene,
  work,
} from "../support/notifications.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";

const tokensOf = (devices: readonly { readonly token: string }[]) => devices.map(({ token }) => token).toSorted();

describe("the audience", () => {
  const scene = share(() => startPushScene());

  /** The tokens that a notification reaches. */
  async function reached(fields: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    const { server, sender } = scene();
    sender.messages.length = 0;
    await sendFor(scene(), fields);
    await work(server);
    return sender.tokens;
  }

  test("users are reached on all their devices, without those who are left out", async () => {
    const { server } = scene();
    const { userId } = await registerAccount(server.url);
    const several = await addDevices(server, { count: 3, userId });
    const [one, other] = [await addDevices(server, { count: 1 }), await addDevices(server, { count: 1 })];
    const users = [...several, ...one, ...other].map((device) => device.userId);
    expect(await reached({ audience: { users } })).toEqual(tokensOf([...several, ...one, ...other]));
    const except = [userId];
    expect(await reached({ audience: { users }, except })).toEqual(tokensOf([...one, ...other]));
    expect(await reached({ audience: { users: [crypto.randomUUID()] } })).toEqual([]);
  });

  test("devices are reached by their ids", async () => {
    const devices = await addDevices(scene().server, { count: 3 });
    const wanted = devices.slice(0, 2);
    expect(await reached({ audience: { devices: wanted.map(({ id }) => id) } })).toEqual(tokensOf(wanted));
  });

  test("a group is its members, and one that is deleted before the fan-out is nobody", async () => {
    const { server, admin } = scene();
    const members = await addDevices(server, { count: 3 });
    const id = await createGroup(server.url, admin);
    for (const { userId } of members) await addMember(server.url, admin, { id, userId });
    expect(await reached({ audience: { group: id } })).toEqual(tokensOf(members));
    const notification = await sendFor(scene(), { audience: { group: id } });
    await deleteGroup(server.url, admin, id);
    await work(server);
    expect(await read(scene(), notification)).toMatchObject({ status: "done", counts: { queued: 0, sent: 0 } });
  });

  test("the body may have several lines, and the title may not", async () => {
    const { server, sender } = scene();
    await addDevices(server, { count: 1 });
    await reached({ audience: { everyone: true }, body: "Dear Ada,\nBob wrote." });
    expect(new Set(sender.messages.map(({ content }) => content.body))).toEqual(new Set(["Dear Ada,\nBob wrote."]));
    for (const field of ["title", "data"]) {
      const wrong = field === "data" ? { data: { note: "a\nb" } } : { title: "a\nb" };
      const { status, body } = await send(scene(), { audience: { everyone: true }, ...wrong });
      expect([field, status, body.code]).toEqual([field, 400, "INVALID_INPUT"]);
    }
  });

  test("a group that does not exist is refused", async () => {
    const { status, body } = await send(scene(), { audience: { group: crypto.randomUUID() } });
    expect([status, body.errors]).toEqual([400, [{ path: "audience.group", message: "There is no such group" }]]);
  });

  test.each([
    [{ platform: "android" }, "platform", "'android'", "'ios'"],
    [{ minAppVersion: "2.10" }, "app_version", "'2.10.0'", "'2.9'"],
    [{ minAppVersion: "2.3" }, "app_version", "'3'", "'2.3-beta'"],
    [{ maxAppVersion: "2.3.0" }, "app_version", "'2.3'", "'2.3.1'"],
    [{ locale: "ES" }, "locale", "'es-MX'", "'est'"],
    [{ lastSeenSince: "2035-01-01T00:00:00Z" }, "last_seen_at", "'2035-01-02'", "'2034-12-31'"],
  ])("the segment %j looks at %s", async (segment, column, inside, outside) => {
    const { server } = scene();
    await runSql(
      server.gatehouse.deps.db,
      "update device set push_token = null, push_service = null, push_token_set_at = null",
    );
    // Nobody else has this platform.
    const inIt = await addDevices(server, { count: 2, columns: { [column]: inside } });
    await addDevices(server, { count: 2, columns: { [column]: outside } });
    expect(await reached({ audience: { segment } })).toEqual(tokensOf(inIt));
  });

  test("everyone is every device that can get messages now", async () => {
    const { server } = scene();
    const { db } = server.gatehouse.deps;
    await runSql(db, "update device set push_token = null, push_service = null, push_token_set_at = null");
    const devices = await addDevices(server, { count: 6 });
    const [muted, signedOut, expired, disabled, gone, ...reachable] = devices;
    await runSql(db, `update device set muted = true where public_id = '${muted?.id}'`);
    await runSql(db, `update device set active = false where public_id = '${signedOut?.id}'`);
    await runSql(
      db,
      `update session set idle_expires_at = '2020-01-01' where device_id = (select id from device where public_id = '${expired?.id}')`,
    );
    await runSql(db, `update "user" set status = 'disabled' where public_id = '${disabled?.userId}'`);
    await runSql(
      db,
      `update session set revoked_at = now(), revoked_reason = 'logout'
        where device_id = (select id from device where public_id = '${gone?.id}')`,
    );
    expect(await reached({ audience: { everyone: true } })).toEqual(tokensOf(reachable));
  });
});

describe("the message", () => {
  test("has all that was sent, and the same id for each attempt", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const [device] = await addDevices(server, { count: 1 });
    const content = {
      title: "Your order",
      body: "It is on its way.",
      data: { order: "17", empty: "" },
      imageUrl: "https://example.com/parcel.png",
      link: "myapp://orders/17",
      priority: "high",
      collapseKey: "order-17",
    };
    sender.answer({ status: "retry", scope: "message", reason: "later" });
    await sendFor(scene, { audience: { users: [device?.userId] }, ...content, timeToLiveSeconds: 600 });
    await work(server);
    sender.answer({ status: "sent" });
    server.clock.advance(10);
    await work(server);
    const [first, second] = sender.messages;
    const expiresAt = new Date(server.clock.now().getTime() + 590_000);
    expect(first).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      target: { service: "apns", token: device?.token, tokenSince: expect.any(Date) },
      content: { ...content, expiresAt },
    });
    expect(second).toEqual(first);
  });

  test.each([
    ["body", { body: "x".repeat(1500), data: { a: "y".repeat(1000), b: "z".repeat(600) } }],
    ["link", { link: "javascript:alert(1)" }],
    ["link", { link: "view-source:javascript:alert(1)" }],
    ["link", { link: "Intent://example.com#Intent;package=com.example;end" }],
    ["link", { link: "http://example.com" }],
    ["link", { link: "no address" }],
    ["imageUrl", { imageUrl: "http://example.com/a.png" }],
    ["data.from", { data: { from: "a" } }],
    ["timeToLiveSeconds", { timeToLiveSeconds: 28 * 24 * 60 * 60 + 1 }],
    ["audience", { audience: { everyone: true, users: [crypto.randomUUID()] } }],
    ["audience.segment", { audience: { segment: {} } }],
    ["audience.segment.minAppVersion", { audience: { segment: { minAppVersion: "2.x" } } }],
  ])("is refused for a wrong %s (%#)", async (path, fields) => {
    await using scene = await startPushScene();
    const { status, body } = await send(scene, { audience: { everyone: true }, ...fields });
    expect([status, body.code, body.errors[0].path]).toEqual([400, "INVALID_INPUT", path]);
  });

  test("cannot be read in the database", async () => {
    await using scene = await startPushScene();
    await addDevices(scene.server, { count: 1 });
    await sendFor(scene, { audience: { everyone: true }, title: "Lovelace", body: "A secret of Lovelace" });
    await work(scene.server);
    const tables = ["notification", "notification_delivery", "audit_event"];
    for (const table of tables) {
      const { rows } = await runSql(scene.server.gatehouse.deps.db, `select t::text from ${table} t`);
      expect(rows).not.toEqual([]);
      expect(JSON.stringify(rows)).not.toContain("Lovelace");
    }
  });
});

describe("a notification for later", () => {
  test("waits for its time, and reaches those who are signed in by then", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const sendAt = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
    const id = await sendFor(scene, { audience: { everyone: true }, sendAt });
    server.clock.advance(3599);
    await work(server);
    expect([await read(scene, id), sender.tokens]).toMatchObject([{ status: "scheduled", sendAt }, []]);
    const devices = await addDevices(server, { count: 2 });
    server.clock.advance(1);
    await work(server);
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { sent: 2 } });
    expect(sender.tokens).toEqual(tokensOf(devices));
  });

  test("is sent now if the time has passed, and refused if it is more than a year ahead", async () => {
    await using scene = await startPushScene();
    await addDevices(scene.server, { count: 1 });
    const id = await sendFor(scene, { audience: { everyone: true }, sendAt: "2020-01-01T00:00:00Z" });
    await work(scene.server);
    expect(await countsOf(scene, id)).toEqual({ sent: 1 });
    const far = await send(scene, { audience: { everyone: true }, sendAt: "2999-01-01T00:00:00Z" });
    expect([far.status, far.body.errors]).toEqual([400, [{ path: "sendAt", message: "Must be within a year" }]]);
  });

  test("sends nothing if it is canceled before", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    const sendAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const id = await sendFor(scene, { audience: { everyone: true }, sendAt });
    expect((await cancel(scene, id)).status).toBe(204);
    server.clock.advance(60);
    await work(server);
    expect(await read(scene, id)).toMatchObject({ status: "canceled", counts: { queued: 0, sent: 0 } });
    expect(sender.messages).toEqual([]);
    expect((await cancel(scene, id)).status).toBe(204);
  });
});

describe("an idempotency key", () => {
  const key = (name: string) => ({ "idempotency-key": name });
  const everyone = { audience: { everyone: true } };

  test("makes a repeated call send nothing more and answer alike", async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    await addDevices(server, { count: 1 });
    const fields = { ...everyone, data: { a: "1", b: "2" } };
    const first = await send(scene, fields, key("one"));
    await work(server);
    server.clock.advance(60);
    const second = await send(scene, { data: { b: "2", a: "1" }, ...everyone }, key("one"));
    await work(server);
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(sender.messages).toHaveLength(1);
  });

  test("is refused with another input, and belongs to its caller", async () => {
    await using scene = await startPushScene();
    const first = await send(scene, everyone, key("one"));
    const other = await send(scene, { ...everyone, title: "Other news" }, key("one"));
    expect([other.status, other.body.code]).toEqual([409, "IDEMPOTENCY_KEY_REUSED"]);
    const { server } = scene;
    const admin = await registerWithRoles(server);
    const ofOther = await send({ server, admin }, { ...everyone, title: "Other news" }, key("one"));
    expect(ofOther.status).toBe(202);
    expect(ofOther.body.id).not.toBe(first.body.id);
  });

  test("answers a repeated call alike though its group is gone", async () => {
    await using scene = await startPushScene();
    const { server, admin } = scene;
    const group = await createGroup(server.url, admin);
    const first = await send(scene, { audience: { group } }, key("one"));
    await deleteGroup(server.url, admin, group);
    const second = await send(scene, { audience: { group } }, key("one"));
    expect([second.status, second.body]).toEqual([202, first.body]);
  });

  test("makes one notification of many calls at once", async () => {
    await using scene = await startPushScene();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(scene, everyone, key("one"))));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const { rows } = await runSql(scene.server.gatehouse.deps.db, "select count(*)::int as count from notification");
    expect(rows).toEqual([{ count: 1 }]);
  });
});

test("sending takes the permission, and so does reading", async () => {
  await using scene = await startPushScene();
  const { server } = scene;
  const user = await registerAccount(server.url);
  const refused = await send({ server, admin: user }, { audience: { everyone: true } });
  expect([refused.status, refused.body.code]).toEqual([403, "FORBIDDEN"]);
  const id = await sendFor(scene, { audience: { everyone: true } });
  const get = (token: string) => rest(server.url, `/v1/notifications/${id}`, { token });
  expect(await get(user.accessToken)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  expect(await get(scene.admin.accessToken)).toMatchObject({ status: 200, body: await read(scene, id) });
  expect(await cancel({ server, admin: user }, id)).toMatchObject({ status: 403 });
  await fanOut(server);
  expect(await cancel(scene, id)).toMatchObject({ status: 409, body: { code: "NOTIFICATION_DONE" } });
});

test("the list has the notifications, the newest first, without users' tests of their devices", async () => {
  await using scene = await startPushScene();
  const { server, admin } = scene;
  const first = await sendFor(scene, { audience: { everyone: true }, title: "First" });
  await rest(server.url, "/v1/devices/push-echo", { method: "POST", token: admin.accessToken });
  const second = await sendFor(scene, { audience: { everyone: true }, title: "Second" });
  const list = (query: string) => rest(server.url, `/v1/notifications${query}`, { token: admin.accessToken });
  expect((await list("")).body.items).toEqual([await read(scene, second), await read(scene, first)]);
  const page = (await list("?limit=1")).body;
  const next = (await list(`?limit=1&cursor=${page.nextCursor}`)).body;
  expect([page.items[0].title, next.items[0].title, next.nextCursor]).toEqual(["Second", "First", null]);
});
