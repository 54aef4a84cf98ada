import { describe, expect, test } from "vitest";
import { newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

const list = (
  url: string,
  { accessToken }: Pick<Account, "accessToken">,
  query: Readonly<Record<string, string>> = {},
) => rest(url, `/v1/auth/sessions?${new URLSearchParams(query)}`, { token: accessToken });

/** Signs in once more, and answers with the tokens. */
async function signIn(
  { url }: TestGatehouse,
  { email, password }: Account,
  { headers = {}, ...fields }: { headers?: Readonly<Record<string, string>>; [field: string]: unknown } = {},
) {
  return (await login(url, { identifier: email, password, ...fields }, headers)).body.session;
}

const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);

const shared = shareGatehouse();

describe("the list of sessions", () => {
  test("shows each with browser, system, address and times, and marks the current one", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const start = server.clock.now();
    server.clock.advance(600);
    const browser = await signIn(server, ada, { remember: false, headers: { "user-agent": firefox } });
    const { status, body } = await list(server.url, ada);
    expect([status, body.nextCursor]).toEqual([200, null]);
    const [newest, registration] = body.items;
    expect(newest).toEqual({
      id: browser.id,
      current: false,
      browser: { name: "Firefox", version: "132.0" },
      system: { name: "Linux" },
      device: null,
      ip: "127.0.0.1",
      userAgent: firefox,
      methods: ["pwd"],
      remembered: false,
      impersonated: false,
      createdAt: server.clock.now().toISOString(),
      lastSeenAt: server.clock.now().toISOString(),
      expiresAt: browser.refreshTokenExpiresAt,
    });
    expect(registration).toMatchObject({
      current: true,
      browser: null,
      system: null,
      remembered: true,
      createdAt: start.toISOString(),
    });
  });

  test("shows the device when an app has no browser to name", async () => {
    const server = shared();
    const described = {
      platform: "ios",
      name: "Ada's phone",
      model: "iPhone17,1",
      osVersion: "18.1",
      appVersion: "4.2",
    };
    const device = { installationId: newInstallationId(), ...described };
    const ada = await registerAccount(server.url, { device: { ...device, pushService: "fcm", pushToken: "push-1" } });
    const [session] = (await list(server.url, ada)).body.items;
    expect(session).toMatchObject({ browser: null, system: { name: "iOS", version: "18.1" } });
    expect(session.device).toEqual({ id: expect.any(String), ...device });
  });

  test("hides a device that belongs to another user since", async () => {
    const server = shared();
    const installationId = newInstallationId();
    const device = { installationId, platform: "ios", name: "A phone" };
    const ada = await registerAccount(server.url, { device });
    await rest(server.url, `/v1/devices/${installationId}`, { method: "DELETE", token: ada.accessToken });
    await registerAccount(server.url, { device: { ...device, name: "Bob's phone" } });
    const [session] = (await list(server.url, ada)).body.items;
    expect(session).toMatchObject({ current: true, device: null });
  });

  test("shows when each was last seen, to the minute", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const other = await signIn(server, ada);
    const seenAt = async () => (await list(server.url, ada)).body.items[0].lastSeenAt;
    const before = await seenAt();
    server.clock.advance(61);
    expect(await seenAt()).toBe(before);
    await rest(server.url, "/v1/users/me", { token: other.accessToken });
    expect(await seenAt()).toBe(server.clock.now().toISOString());
  });

  test("leaves out those that ended by logout, revocation or time", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const [loggedOut, revoked, short] = [
      await signIn(server, ada),
      await signIn(server, ada),
      await signIn(server, ada, { remember: false }),
    ];
    expect((await list(server.url, ada)).body.items).toHaveLength(4);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: loggedOut.accessToken });
    await rest(server.url, `/v1/auth/sessions/${revoked.id}`, { method: "DELETE", token: ada.accessToken });
    const left = idsOf((await list(server.url, ada)).body.items);
    expect(left).toHaveLength(2);
    expect(left[0]).toBe(short.id);
    server.clock.advance(24 * 60 * 60);
    const refreshed = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ada.refreshToken } });
    expect(idsOf((await list(server.url, refreshed.body.session)).body.items)).toEqual([left[1]]);
  });

  test("contains the caller's own, read page by page without a gap while one is added", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    await signIn(server, bob);
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) ids.unshift((await signIn(server, ada)).id);
    const first = await list(server.url, ada, { limit: "2" });
    await signIn(server, ada);
    const second = await list(server.url, ada, { limit: "2", cursor: first.body.nextCursor });
    const third = await list(server.url, ada, { limit: "2", cursor: second.body.nextCursor });
    const pages = [first, second, third].flatMap(({ body }) => idsOf(body.items));
    expect(pages.slice(0, 4)).toEqual(ids);
    expect([pages.length, third.body.nextCursor]).toEqual([5, null]);
    expect(third.body.items[0].current).toBe(true);
  });

  test("has 20 on a page by default, and at most 100", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (let count = 0; count < 20; count += 1) await signIn(server, ada);
    expect((await list(server.url, ada)).body.items).toHaveLength(20);
    expect((await list(server.url, ada, { limit: "100" })).body.items).toHaveLength(21);
    expect((await list(server.url, ada, { limit: "101" })).body.errors[0].path).toBe("limit");
  });

  test("refuses an altered cursor, and one of another user or list", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    for (const account of [ada, bob]) await signIn(server, account);
    const { nextCursor } = (await list(server.url, ada, { limit: "1" })).body;
    const bytes = Buffer.from(nextCursor, "base64url");
    const altered = [0, 15, bytes.length - 1].map((index) =>
      Buffer.from(bytes)
        .fill((bytes[index] ?? 0) ^ 1, index, index + 1)
        .toString("base64url"),
    );
    const foreign = [
      ...altered.map((cursor) => list(server.url, ada, { cursor })),
      list(server.url, bob, { cursor: nextCursor }),
      rest(server.url, `/v1/devices?${new URLSearchParams({ cursor: nextCursor })}`, { token: ada.accessToken }),
    ];
    for (const { status, body } of await Promise.all(foreign)) {
      expect([status, body.errors?.[0].path]).toEqual([400, "cursor"]);
    }
  });

  test("reads malicious user agents quickly", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const hostile = [
      "Mozilla/5.0 (",
      "a".repeat(600),
      "Mozilla/5.0 ".repeat(50),
      "/a ".repeat(200),
      "Android ; ".repeat(60),
    ];
    for (const userAgent of hostile) await signIn(server, ada, { headers: { "user-agent": userAgent } });
    const { status, body } = await list(server.url, ada);
    expect([status, body.items.length]).toEqual([200, hostile.length + 1]);
    expect(body.items[0].userAgent).toHaveLength(512);
  });
});
