import { describe, expect, test } from "vitest";
import { linkDevice } from "../support/devices.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** Links devices that are named by their order, one after the other. */
async function linkMany(url: string, account: Account, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${account.userId}_${String(index).padStart(3, "0")}`);
  for (const installationId of ids) await linkDevice(url, account, { installationId });
  return ids;
}

const list = (url: string, { accessToken }: Account, query: Readonly<Record<string, string>> = {}) =>
  rest(url, `/v1/devices?${new URLSearchParams(query)}`, { token: accessToken });

const idsOf = (items: readonly { installationId: string }[]) => items.map(({ installationId }) => installationId);

const shared = shareGatehouse();

describe("the list of devices", () => {
  test("of a user without devices is empty and has no next page", async () => {
    const server = shared();
    const { status, body } = await list(server.url, await registerAccount(server.url));
    expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
  });

  test("contains the caller's own devices, newest first, 20 by default", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const ids = await linkMany(server.url, ada, 21);
    await linkMany(server.url, await registerAccount(server.url), 2);
    const { body } = await list(server.url, ada);
    expect(idsOf(body.items)).toEqual(ids.toReversed().slice(0, 20));
    expect(body.nextCursor).toEqual(expect.any(String));
  });

  test("is read page by page without gaps or repetitions while devices are added", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const ids = await linkMany(server.url, ada, 5);
    const first = await list(server.url, ada, { limit: "2" });
    await linkDevice(server.url, ada, { installationId: "added-meanwhile" });
    const second = await list(server.url, ada, { limit: "2", cursor: first.body.nextCursor });
    const third = await list(server.url, ada, { limit: "2", cursor: second.body.nextCursor });
    const pages = [first, second, third].map(({ body }) => idsOf(body.items));
    expect(pages.flat()).toEqual(ids.toReversed());
    expect(third.body.nextCursor).toBeNull();
  });

  test("has no next page when the last one is full", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await linkMany(server.url, ada, 3);
    expect((await list(server.url, ada, { limit: "3" })).body.nextCursor).toBeNull();
  });

  test("refuses a cursor with any part changed", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await linkMany(server.url, ada, 3);
    const { nextCursor } = (await list(server.url, ada, { limit: "1" })).body;
    const bytes = Buffer.from(nextCursor, "base64url");
    const altered = bytes.keys().map((index) => Buffer.from(bytes).fill((bytes[index] ?? 0) ^ 1, index, index + 1));
    const cursors = [...altered].map((cursor) => cursor.toString("base64url"));
    for (const cursor of [...cursors, `${nextCursor}AAAA`, nextCursor.slice(0, 10), "1", "", "%00", "💥"]) {
      const { status, body } = await list(server.url, ada, { cursor });
      expect([cursor, status, body.code, body.errors?.[0].path]).toEqual([cursor, 400, "INVALID_INPUT", "cursor"]);
    }
  });

  test("refuses the cursor of another user", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    await linkMany(server.url, ada, 2);
    await linkMany(server.url, bob, 2);
    const { nextCursor: cursor } = (await list(server.url, ada, { limit: "1" })).body;
    const { status, body } = await list(server.url, bob, { cursor });
    expect([status, body.errors[0].path]).toEqual([400, "cursor"]);
  });

  test("does not reveal the number of all devices by its cursor", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await linkMany(server.url, ada, 2);
    const { body } = await list(server.url, ada, { limit: "1" });
    const internalId = await server.database?.query("select max(id)::text as id from device");
    expect(body.items[0].id).not.toBe(internalId?.[0]?.["id"]);
    expect(body.nextCursor.length).toBeGreaterThan(20);
  });
});
