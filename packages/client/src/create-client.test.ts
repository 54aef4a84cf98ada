import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "./create-client.ts";
import type { SessionState } from "./session/session-state.ts";
import { FakeServer, Refusal } from "./testing/fake-server.ts";
import { fakeSession, fakeStorage, successorOf } from "./testing/fake-session.ts";

const url = "http://gatehouse.test";

afterEach(() => {
  vi.unstubAllGlobals();
});

function refreshingServer(): FakeServer {
  return new FakeServer().on("auth.refresh", ({ input }) => ({
    session: successorOf((input as { refreshToken: string }).refreshToken),
  }));
}

test("a session outlives the client that stored it", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const client = createClient({ url, storage, fetch: new FakeServer().fetch });
  expect(await client.$session.get()).toEqual({ session: fakeSession(), signOutReason: null });
});

test("two keys keep two sessions in one storage", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const other = createClient({ url, storage, storageKey: "other", fetch: new FakeServer().fetch });
  expect(await other.$session.get()).toEqual({ session: null, signOutReason: null });
});

test("$session.refresh() gets new tokens even while the old ones are valid", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const client = createClient({ url, storage, fetch: refreshingServer().fetch });
  expect(await client.$session.refresh()).toEqual(fakeSession({ counter: 1 }));
  expect(storage.session()).toEqual(fakeSession({ counter: 1 }));
});

test("$session.refresh() does nothing when nobody is signed in", async () => {
  const client = createClient({ url, fetch: new FakeServer().fetch });
  expect(await client.$session.refresh()).toBeNull();
});

test("$session.clear() forgets the session without a request", async () => {
  const server = new FakeServer();
  const storage = fakeStorage();
  storage.put(fakeSession());
  const client = createClient({ url, storage, fetch: server.fetch });
  await client.$session.clear();
  expect(storage.items.size).toBe(0);
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "cleared" });
  expect(server.requests).toEqual([]);
});

test("a listener is called on changes until it is removed", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const client = createClient({ url, storage, fetch: refreshingServer().fetch });
  const states: SessionState[] = [];
  const stop = client.$session.onChange((state) => states.push(state));
  await client.$session.refresh();
  stop();
  await client.$session.clear();
  expect(states).toEqual([{ session: fakeSession({ counter: 1 }), signOutReason: null }]);
});

test("a machine's client sends its key with every call, stores nothing and refreshes nothing", async () => {
  const server = new FakeServer()
    .on("ping", () => ({ message: "pong" }))
    .on("user.me", () => {
      throw new Refusal("ACCESS_TOKEN_INVALID");
    });
  const machine = createClient({ url, apiKey: "gatehouse_key", fetch: server.fetch });
  await machine.ping.query();
  await expect(machine.user.me.query()).rejects.toMatchObject({ data: { code: "ACCESS_TOKEN_INVALID" } });
  expect(server.calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["ping", "Bearer gatehouse_key"],
    ["user.me", "Bearer gatehouse_key"],
  ]);
  expect(machine).not.toHaveProperty("$session");
});

test("a platform without random numbers fails when the client is created, unless the client uses an API key", () => {
  vi.stubGlobal("crypto", {});
  expect(() => createClient({ url })).toThrow(/crypto\.getRandomValues/);
  expect(() => createClient({ url, apiKey: "gatehouse_key" })).not.toThrow();
});

test("a client can be awaited like any other value", async () => {
  const client = createClient({ url, fetch: new FakeServer().fetch });
  expect(await Promise.resolve(client)).toBe(client);
});

test.each(["localhost:3000", "", "/rpc", "ftp://localhost", "http://localhost:3000/rpc", "http://localhost?x=1"])(
  "createClient rejects %j, which is no server address",
  (url) => {
    expect(() => createClient({ url })).toThrow(TypeError);
  },
);

test.each(["http://localhost:3000", "https://accounts.example.com/", "https://example.com/accounts"])(
  "createClient accepts %j as a server address",
  (url) => {
    expect(() => createClient({ url })).not.toThrow();
  },
);
