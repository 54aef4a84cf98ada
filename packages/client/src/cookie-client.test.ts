import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "./create-client.ts";
import type { CookieSession } from "./inference.ts";
import { signInProcedures } from "./links/cookie-transport-link.ts";
import type { SessionStorage } from "./session/session-storage.ts";
import { FakeServer, Refusal } from "./testing/fake-server.ts";
import { fakeStorage } from "./testing/fake-session.ts";

const url = "http://gatehouse.test";
/** Only what hangs takes so long, in milliseconds. */
const patience = { timeout: 240_000 };
const credentials = { identifier: "ada@example.com", password: "correct horse battery" };

function cookieSession(counter = 0, id = "session-1"): CookieSession {
  const at = (seconds: number) => new Date((1000 + counter + seconds) * 1000);
  return { id, issuedAt: at(0), accessTokenExpiresAt: at(900), refreshTokenExpiresAt: at(86_400) };
}

/** A server whose cookies only it sees: signed in or not, with an access cookie that is good or not. */
function serverWithCookies({ isSignedIn = true, isFresh = true } = {}) {
  let state = { isSignedIn, isFresh, counter: 0 };
  const server = new FakeServer()
    .on("auth.login", () => {
      state = { isSignedIn: true, isFresh: true, counter: 0 };
      return { status: "signed_in", session: cookieSession() };
    })
    .on("auth.refresh", () => {
      if (!state.isSignedIn) throw new Refusal("REFRESH_TOKEN_INVALID");
      state = { ...state, isFresh: true, counter: state.counter + 1 };
      return { session: cookieSession(state.counter) };
    })
    .on("device.list", () => {
      if (!state.isSignedIn || !state.isFresh) throw new Refusal("UNAUTHENTICATED");
      return { items: [], nextCursor: null };
    });
  const change = (next: Partial<typeof state>) => {
    state = { ...state, ...next };
  };
  return { server, change };
}

function open(server: FakeServer, storage: SessionStorage = fakeStorage()) {
  return createClient({ url, transport: "cookie", storage, fetch: server.fetch });
}

/** The browser's locks. */
function inTurn() {
  const turns = new Map<string, Promise<unknown>>();
  return (name: string, _options: object, work: () => Promise<unknown>) => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(name, turn);
    return turn;
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("every sign-in asks for cookies, every request sends them, and none has a token", async () => {
  const { server } = serverWithCookies();
  const storage = fakeStorage();
  const client = open(server, storage);
  for (const path of signInProcedures) server.on(path as "auth.login", () => ({ session: cookieSession() }));
  await client.auth.login.mutate(credentials);
  await client.auth.token.mutate();
  await client.auth.magicLink.verify.mutate({ token: "token" });
  await client.auth.register.mutate({ email: "ada@example.com", password: "correct horse battery" });
  await client.device.list.query({});
  expect(server.calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["auth.login", null],
    ["auth.token", null],
    ["auth.magicLink.verify", null],
    ["auth.register", null],
    ["device.list", null],
  ]);
  expect(server.calls.slice(0, 4).map(({ input }) => input)).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ transport: "cookie" })),
  );
  expect(server.requests.map(({ credentials }) => credentials)).toEqual(Array.from({ length: 5 }, () => "include"));
  expect([...storage.items.values()].map((text) => JSON.parse(text))).toEqual([
    { session: JSON.parse(JSON.stringify(cookieSession())), receivedAtMillis: expect.any(Number) },
  ]);
});

test("a client without the option asks for no cookies", async () => {
  const { server } = serverWithCookies();
  await createClient({ url, fetch: server.fetch }).auth.login.mutate(credentials);
  expect(server.calls[0]?.input).toEqual(credentials);
  expect(server.requests[0]?.credentials).toBe("same-origin");
});

test("twenty refused calls make one refresh without a token, and are repeated", async () => {
  const { server, change } = serverWithCookies();
  const client = open(server);
  await client.auth.login.mutate(credentials);
  change({ isFresh: false });
  await Promise.all(Array.from({ length: 20 }, () => client.device.list.query({})));
  expect(server.calls.filter(({ path }) => path === "auth.refresh").map(({ input }) => input)).toEqual([
    { attemptKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
  ]);
  expect(await client.$session.get()).toEqual({ session: cookieSession(1), signOutReason: null });
});

test("two tabs with one storage take turns, so that the second finds the first one's refresh", async () => {
  const request = vi.fn(inTurn());
  vi.stubGlobal("navigator", { locks: { request } });
  const { server, change } = serverWithCookies();
  const storage = fakeStorage({ isAsync: true });
  const tabs = [open(server, storage), open(server, storage)] as const;
  await tabs[0].auth.login.mutate(credentials);
  change({ isFresh: false });
  await Promise.all(tabs.map((tab) => tab.$session.get()));
  const [first, second] = await Promise.all(tabs.map((tab) => tab.$session.refresh()));
  expect(server.count("auth.refresh")).toBe(1);
  expect([first, second]).toEqual([cookieSession(1), cookieSession(1)]);
  const names = request.mock.calls.map(([name]) => name);
  expect(new Set(names)).toEqual(new Set(["gatehouse.session", "gatehouse.session.storage"]));
});

test("a tab that hangs with the lock does not keep the others from refreshing", async () => {
  const request = async () => {
    throw new DOMException("The wait is over", "TimeoutError");
  };
  vi.stubGlobal("navigator", { locks: { request } });
  const { server } = serverWithCookies();
  const client = open(server);
  await client.auth.login.mutate(credentials);
  expect(await client.$session.refresh()).toEqual(cookieSession(1));
});

test("a refresh that fails under the lock is not tried again without it", async () => {
  const request = (_name: string, _options: object, work: () => Promise<unknown>) => work();
  vi.stubGlobal("navigator", { locks: { request } });
  const { server, change } = serverWithCookies();
  const client = open(server);
  await client.auth.login.mutate(credentials);
  change({ isSignedIn: false });
  await expect(client.$session.refresh()).rejects.toMatchObject({ data: { code: "REFRESH_TOKEN_INVALID" } });
  expect(server.count("auth.refresh")).toBe(1);
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "session_ended" });
});

test("a call finds a session that another app of the browser began", async () => {
  const { server } = serverWithCookies({ isFresh: false });
  const client = open(server);
  expect((await client.$session.get()).session).toBeNull();
  await client.device.list.query({});
  expect((await client.$session.get()).session).toEqual(cookieSession(1));
});

test.each([{ isKnown: true }, { isKnown: false }])(
  "the attempt key is in the page's storage when it is sent, and the same after a lost answer (known session: %o)",
  async ({ isKnown }) => {
    const { server } = serverWithCookies();
    const storage = fakeStorage();
    if (isKnown) await open(server, storage).auth.login.mutate(credentials);
    const keys: string[] = [];
    server.on("auth.refresh", ({ input }) => {
      const { attemptKey } = input as { attemptKey: string };
      keys.push(attemptKey);
      expect([...storage.items.values()].some((text) => text.includes(attemptKey))).toBe(true);
      if (keys.length < 3) throw new TypeError("fetch failed");
      return { session: cookieSession(1) };
    });
    await expect(open(server, storage).$session.refresh()).rejects.toThrow("fetch failed");
    await expect(open(server, storage).$session.refresh()).rejects.toThrow("fetch failed");
    expect(await open(server, storage).$session.refresh()).toEqual(cookieSession(1));
    expect(new Set(keys).size).toBe(1);
    expect([...storage.items.values()].some((text) => text.includes(keys[0] ?? ""))).toBe(false);
  },
);

test("tabs that refresh at once send one attempt key, even when one of them no longer waits", async () => {
  const { server } = serverWithCookies();
  const storage = fakeStorage({ isAsync: true });
  await open(server, storage).auth.login.mutate(credentials);
  const inOrder = inTurn();
  const request = (name: string, options: object, work: () => Promise<unknown>) =>
    name.endsWith(".storage") ? inOrder(name, options, work) : Promise.reject(new DOMException("", "TimeoutError"));
  vi.stubGlobal("navigator", { locks: { request } });
  await Promise.all(Array.from({ length: 4 }, () => open(server, storage).$session.refresh()));
  const inputs = server.calls.filter(({ path }) => path === "auth.refresh").map(({ input }) => input);
  expect(inputs).toHaveLength(4);
  expect(new Set(inputs.map((input) => (input as { attemptKey: string }).attemptKey)).size).toBe(1);
});

test("without a cookie nobody is signed in", async () => {
  const { server } = serverWithCookies({ isSignedIn: false });
  const client = open(server);
  await expect(client.device.list.query({})).rejects.toMatchObject({ data: { code: "UNAUTHENTICATED" } });
  expect(await client.$session.refresh()).toBeNull();
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: null });
});

test("a sign-in waits for a refresh under way, whose answer would set the older session's cookies after its own", async () => {
  const request = vi.fn(inTurn());
  vi.stubGlobal("navigator", { locks: { request } });
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  let owner = "ada";
  const server = new FakeServer()
    .on("auth.refresh", async () => {
      await answered;
      owner = "ada";
      return { session: cookieSession(1) };
    })
    .on("auth.login", () => {
      owner = "bob";
      return { status: "signed_in", session: cookieSession(0, "session-of-bob") };
    })
    .on("user.me", () => ({ givenName: owner }));
  const client = open(server);
  const refresh = client.$session.refresh();
  await vi.waitFor(() => expect(server.count("auth.refresh")).toBe(1), patience);
  const login = client.auth.login.mutate(credentials);
  const turns = () => request.mock.calls.filter(([name]) => name === "gatehouse.session");
  await vi.waitFor(() => expect(Math.max(turns().length - 1, server.count("auth.login"))).toBe(1), patience);
  answer();
  await Promise.all([refresh, login]);
  expect((await client.$session.get()).session?.id).toBe("session-of-bob");
  expect((await client.user.me.query()).givenName).toBe("bob");
});

test("a sign-in that waits for its turn can be cancelled", async () => {
  const request = () => new Promise(() => undefined);
  vi.stubGlobal("navigator", { locks: { request } });
  const { server } = serverWithCookies();
  const call = open(server).auth.login.mutate(credentials, { signal: AbortSignal.abort() });
  await expect(call).rejects.toThrow("aborted");
  expect(server.calls).toEqual([]);
});

test("a subscription opens in a session that another app of the browser began", async () => {
  const addresses: string[] = [];
  class FakeEventSource {
    readonly readyState = 0;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSED = 2;
    constructor(address: string) {
      addresses.push(address);
    }
    addEventListener() {}
    removeEventListener() {}
    close() {}
  }
  const { server } = serverWithCookies();
  server.on("auth.createSubscriptionTicket", () => ({ ticket: "ticket-1", sessionEventId: "event-1" }));
  const { fetch } = server;
  const storage = fakeStorage();
  const client = createClient({ url, transport: "cookie", storage, fetch, eventSource: FakeEventSource });
  const subscription = client.auth.onSessionChange.subscribe(undefined, {});
  await vi.waitFor(() => expect(addresses).toHaveLength(1), patience);
  expect(decodeURIComponent(addresses[0] ?? "")).toContain('{"ticket":"ticket-1"}');
  subscription.unsubscribe();
});
