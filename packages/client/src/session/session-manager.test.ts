import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";
import type { Session } from "../inference.ts";
import { type FakeStorage, fakeSession, fakeStorage, successorOf } from "../testing/fake-session.ts";
import { SessionChanges } from "./session-changes.ts";
import { SessionManager } from "./session-manager.ts";
import type { SessionState } from "./session-state.ts";
import { SessionStore } from "./session-store.ts";
import { tokenSession } from "./token-session.ts";

/** One client alone. */
const exclusively = <T>(work: () => Promise<T>) => work();

type Exchange = (refreshToken: string) => Promise<Session>;

/** A manager over the storage, what it asked the server for, and the states that it told of. */
function setUp(storage: FakeStorage, exchange: Exchange = async (token) => successorOf(token)) {
  const changes = new SessionChanges(tokenSession);
  const exchanged: string[] = [];
  const attemptKeys: (string | undefined)[] = [];
  const states: SessionState[] = [];
  changes.subscribe((state) => states.push(state));
  const sessions = new SessionManager({
    form: tokenSession,
    store: new SessionStore({ form: tokenSession, storage, key: "gatehouse.session", changes, exclusively }),
    exchange: (session, attemptKey) => {
      const token = session?.refreshToken ?? "";
      exchanged.push(token);
      attemptKeys.push(attemptKey);
      return exchange(token);
    },
    exclusively,
    now: Date.now,
  });
  return { sessions, exchanged, attemptKeys, states };
}

/** An exchange that a test settles, once it has begun. */
function heldExchange() {
  const begun = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<Session>();
  const exchange = () => {
    begun.resolve();
    return outcome.promise;
  };
  return { exchange, begun: begun.promise, resolve: outcome.resolve, reject: outcome.reject };
}

function refusal(code: string): Error {
  const shape = { code: -32_001, message: code, data: { code, errors: [], requestId: null, httpStatus: 401 } };
  return TRPCClientError.from({ error: shape });
}

const expired = 890;

test("a fresh session is used as it is", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const { sessions, exchanged } = setUp(storage);
  expect((await sessions.forCall())?.session).toEqual(fakeSession());
  expect(exchanged).toEqual([]);
});

test.each([{ isAsync: false }, { isAsync: true }])(
  "twenty calls with an expired token make one refresh (storage: %o)",
  async (options) => {
    const storage = fakeStorage(options);
    storage.put(fakeSession(), expired);
    const { sessions, exchanged } = setUp(storage);
    const calls = await Promise.all(Array.from({ length: 20 }, () => sessions.forCall()));
    expect(exchanged).toEqual(["session-1.0"]);
    expect(new Set(calls.map((call) => call?.session.refreshToken))).toEqual(new Set(["session-1.1"]));
    expect(storage.session()).toEqual(fakeSession({ counter: 1 }));
  },
);

test("calls of one tick look at the storage together, so that they can travel together", async () => {
  const storage = fakeStorage({ isAsync: true });
  storage.put(fakeSession());
  let looks = 0;
  const getItem = (key: string) => {
    looks++;
    return storage.getItem(key);
  };
  const { sessions } = setUp({ ...storage, getItem });
  await Promise.all(Array.from({ length: 20 }, () => sessions.forCall()));
  expect(looks).toBe(1);
});

test("the storage is read right before a refresh, since another tab may have refreshed first", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  let looks = 0;
  const getItem = (key: string) => {
    if (++looks === 2) storage.put(fakeSession({ counter: 1 }));
    return storage.getItem(key);
  };
  const { sessions, exchanged } = setUp({ ...storage, getItem });
  expect((await sessions.forCall())?.session).toEqual(fakeSession({ counter: 1 }));
  expect(exchanged).toEqual([]);
});

test("calls that are refused one after the other share the tokens of one refresh", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const { sessions, exchanged } = setUp(storage);
  const used = await sessions.forCall();
  await sessions.renew(used);
  expect((await sessions.renew(used))?.session).toEqual(fakeSession({ counter: 1 }));
  expect(exchanged).toHaveLength(1);
});

test("tokens that another tab has stored are used without a refresh", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const { sessions, exchanged } = setUp(storage);
  const used = await sessions.forCall();
  storage.put(fakeSession({ counter: 1 }));
  expect((await sessions.renew(used))?.session).toEqual(fakeSession({ counter: 1 }));
  expect(exchanged).toEqual([]);
});

test("a call is not repeated when somebody else has signed in meanwhile", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession({ id: "ada" }));
  const { sessions, exchanged } = setUp(storage);
  const used = await sessions.forCall();
  storage.put(fakeSession({ id: "bob" }));
  expect(await sessions.renew(used)).toBeNull();
  expect(exchanged).toEqual([]);
});

test("a sign-in during a refresh of the older session is kept", async () => {
  const storage = fakeStorage({ isAsync: true });
  storage.put(fakeSession({ id: "old" }), expired);
  const { exchange, begun, resolve } = heldExchange();
  const { sessions } = setUp(storage, exchange);
  const call = sessions.forCall();
  await begun;
  await sessions.start(fakeSession({ id: "new" }));
  resolve(fakeSession({ id: "old", counter: 1 }));
  expect((await call)?.session.id).toBe("old");
  expect(storage.session()).toEqual(fakeSession({ id: "new" }));
});

test("a refresh of the older session does not stop the newer one from refreshing", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession({ id: "old" }), expired);
  const { exchange, begun, resolve } = heldExchange();
  const { sessions } = setUp(storage, (token) =>
    token.startsWith("old") ? exchange() : Promise.resolve(successorOf(token)),
  );
  const stuck = sessions.forCall();
  await begun;
  await sessions.start(fakeSession({ id: "new" }));
  expect((await sessions.refresh())?.session).toEqual(fakeSession({ id: "new", counter: 1 }));
  resolve(fakeSession({ id: "old", counter: 1 }));
  await stuck;
  expect(storage.session()).toEqual(fakeSession({ id: "new", counter: 1 }));
});

test("a logout during a refresh is kept", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const { exchange, begun, resolve } = heldExchange();
  const { sessions } = setUp(storage, exchange);
  const call = sessions.forCall();
  await begun;
  await sessions.clear();
  resolve(fakeSession({ counter: 1 }));
  await call;
  expect(storage.session()).toBeNull();
});

test("a refresh that comes too late does not undo the refresh of another tab", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const { exchange, begun, resolve } = heldExchange();
  const { sessions } = setUp(storage, exchange);
  const call = sessions.forCall();
  await begun;
  storage.put(fakeSession({ counter: 2 }));
  resolve(fakeSession({ counter: 1 }));
  expect((await call)?.session).toEqual(fakeSession({ counter: 2 }));
  expect(storage.session()).toEqual(fakeSession({ counter: 2 }));
});

test.each([
  ["REFRESH_TOKEN_INVALID", "session_ended"],
  ["REFRESH_TOKEN_REUSED", "refresh_token_reused"],
])("%s signs out and reports the reason", async (code, signOutReason) => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const { sessions, states } = setUp(storage, () => Promise.reject(refusal(code)));
  await expect(sessions.forCall()).rejects.toMatchObject({ data: { code } });
  expect(storage.items.size).toBe(0);
  expect(states).toEqual([{ session: null, signOutReason }]);
});

test.each([
  ["no network", TRPCClientError.from(new TypeError("fetch failed"))],
  ["TOO_MANY_REQUESTS", refusal("TOO_MANY_REQUESTS")],
  ["INTERNAL_ERROR", refusal("INTERNAL_ERROR")],
  ["SERVICE_UNAVAILABLE", refusal("SERVICE_UNAVAILABLE")],
])("a refresh that fails temporarily (%s) keeps the session, and the next call tries again", async (_, error) => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  let failures = 1;
  const { sessions } = setUp(storage, async (token) => {
    if (failures-- > 0) throw error;
    return successorOf(token);
  });
  await expect(sessions.forCall()).rejects.toBe(error);
  expect(storage.session()).toEqual(fakeSession());
  expect((await sessions.forCall())?.session).toEqual(fakeSession({ counter: 1 }));
});

test("a refused token that another tab has replaced signs nobody out", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const { exchange, begun, reject } = heldExchange();
  const { sessions } = setUp(storage, exchange);
  const call = sessions.forCall();
  await begun;
  storage.put(fakeSession({ counter: 2 }));
  reject(refusal("REFRESH_TOKEN_REUSED"));
  expect((await call)?.session).toEqual(fakeSession({ counter: 2 }));
});

test("a storage that fails to keep the new tokens fails the refresh, which can be repeated", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  let writes = 0;
  const setItem = (key: string, value: string) => {
    if (++writes > 1) throw new Error("quota exceeded");
    return storage.setItem(key, value);
  };
  const full = setUp({ ...storage, setItem });
  await expect(full.sessions.forCall()).rejects.toThrow("quota exceeded");
  expect(full.exchanged).toEqual(["session-1.0"]);
  expect((await setUp(storage).sessions.forCall())?.session).toEqual(fakeSession({ counter: 1 }));
});

test("a storage that fails to keep the attempt key fails the refresh before anything is sent", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const full = { ...storage, setItem: () => Promise.reject(new Error("quota exceeded")) };
  const { sessions, exchanged } = setUp(full);
  await expect(sessions.forCall()).rejects.toThrow("quota exceeded");
  expect(exchanged).toEqual([]);
  expect(storage.session()).toEqual(fakeSession());
});

const attemptKeyForm = /^[0-9a-f]{32}$/;
const lost = () => Promise.reject(TRPCClientError.from(new TypeError("fetch failed")));

test.each([{ isAsync: false }, { isAsync: true }])(
  "the attempt key is stored before the refresh is sent, and removed with the new tokens (storage: %o)",
  async (options) => {
    const storage = fakeStorage(options);
    storage.put(fakeSession(), expired);
    const atSending: (string | undefined)[] = [];
    const { sessions, attemptKeys } = setUp(storage, async (token) => {
      atSending.push(storage.attemptKey());
      return successorOf(token);
    });
    await sessions.forCall();
    expect(attemptKeys).toEqual([expect.stringMatching(attemptKeyForm)]);
    expect(atSending).toEqual(attemptKeys);
    expect(storage.session()).toEqual(fakeSession({ counter: 1 }));
    expect(storage.attemptKey()).toBeUndefined();
  },
);

test("a refresh whose answer was lost is sent again with the same key, also after a restart of the app", async () => {
  const storage = fakeStorage({ isAsync: true });
  storage.put(fakeSession(), expired);
  const first = setUp(storage, lost);
  await expect(first.sessions.forCall()).rejects.toThrow("fetch failed");
  await expect(first.sessions.forCall()).rejects.toThrow("fetch failed");
  const next = setUp(storage);
  await next.sessions.forCall();
  expect(new Set([...first.attemptKeys, ...next.attemptKeys]).size).toBe(1);
});

test("each refresh has an attempt key of its own", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession());
  const { sessions, attemptKeys } = setUp(storage);
  for (let refreshes = 0; refreshes < 5; refreshes += 1) await sessions.refresh();
  expect(new Set(attemptKeys).size).toBe(5);
});

test("a sign-in removes the attempt key of the session before", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession({ id: "old" }), expired);
  const { sessions } = setUp(storage, lost);
  await expect(sessions.forCall()).rejects.toThrow("fetch failed");
  await sessions.start(fakeSession({ id: "new" }));
  expect(storage.attemptKey()).toBeUndefined();
});

test("a refresh that the app calls itself uses the session's key for the session's token, and no key for a token from elsewhere", async () => {
  const storage = fakeStorage();
  storage.put(fakeSession(), expired);
  const { sessions, attemptKeys } = setUp(storage, lost);
  await expect(sessions.forCall()).rejects.toThrow("fetch failed");
  expect(await sessions.attemptKey(fakeSession().refreshToken)).toBe(attemptKeys[0]);
  expect(await sessions.attemptKey("another.0")).toBeUndefined();
});

test("listeners are called once for each sign-in, refresh, sign-out and change by another tab", async () => {
  const storage = fakeStorage();
  const { sessions, states } = setUp(storage);
  await sessions.start(fakeSession());
  await sessions.forCall();
  await sessions.refresh();
  storage.put(fakeSession({ counter: 2 }));
  await sessions.forCall();
  storage.items.clear();
  await sessions.forCall();
  await sessions.clear();
  expect(states).toEqual([
    { session: fakeSession(), signOutReason: null },
    { session: fakeSession({ counter: 1 }), signOutReason: null },
    { session: fakeSession({ counter: 2 }), signOutReason: null },
    { session: null, signOutReason: "elsewhere" },
  ]);
});
