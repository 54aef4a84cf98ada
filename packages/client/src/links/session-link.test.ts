import { expect, test } from "vitest";
import { createClient } from "../create-client.ts";
import { isGatehouseError } from "../gatehouse-error.ts";
import type { User } from "../inference.ts";
import { FakeServer, Refusal } from "../testing/fake-server.ts";
import { type FakeStorage, fakeSession, fakeStorage, successorOf } from "../testing/fake-session.ts";

const url = "http://gatehouse.test";
const user: User = {
  id: "user-1",
  email: "ada@example.com",
  emailVerified: false,
  username: null,
  givenName: null,
  familyName: null,
  birthDate: null,
  locale: "en",
  phone: null,
  phoneVerified: false,
  isAnonymous: false,
  avatarUrl: null,
  timeZone: null,
  publicMetadata: {},
  status: "active",
  roles: [],
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const credentials = { identifier: "ada@example.com", password: "correct horse battery" };
const expired = 890;

function bearer(counter: number): string {
  return `Bearer ${fakeSession({ counter }).accessToken}`;
}

/** A server that knows one session, and takes only its newest access token. */
function serverWithSession(counter = 0): FakeServer {
  let current = bearer(counter);
  return new FakeServer()
    .on("auth.refresh", ({ input }) => {
      const session = successorOf((input as { refreshToken: string }).refreshToken);
      current = `Bearer ${session.accessToken}`;
      return { session };
    })
    .on("user.me", ({ authorization }) => {
      if (authorization === null) throw new Refusal("UNAUTHENTICATED");
      if (authorization !== current) throw new Refusal("ACCESS_TOKEN_INVALID");
      return user;
    });
}

function signedIn(storage: FakeStorage = fakeStorage(), receivedSecondsAgo = 0): FakeStorage {
  storage.put(fakeSession(), receivedSecondsAgo);
  return storage;
}

test.each([{ isAsync: false }, { isAsync: true }])(
  "a session is stored before the caller of the sign-in gets it (storage: %o)",
  async (options) => {
    const server = new FakeServer().on("auth.login", () => ({ status: "signed_in", user, session: fakeSession() }));
    const storage = fakeStorage(options);
    await createClient({ url, storage, fetch: server.fetch }).auth.login.mutate(credentials);
    expect(storage.session()).toEqual(fakeSession());
  },
);

test("calls carry the access token, sign-ins do not", async () => {
  const server = serverWithSession().on("auth.login", () => ({ status: "signed_in", user, session: fakeSession() }));
  const client = createClient({ url, storage: signedIn(), fetch: server.fetch });
  await client.user.me.query();
  await client.auth.login.mutate(credentials);
  expect(server.calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["user.me", bearer(0)],
    ["auth.login", null],
  ]);
});

test("twenty refused calls make one refresh and are repeated in one request", async () => {
  const server = serverWithSession(7);
  const client = createClient({ url, storage: signedIn(), fetch: server.fetch });
  const users = await Promise.all(Array.from({ length: 20 }, () => client.user.me.query()));
  expect(users).toEqual(Array.from({ length: 20 }, () => user));
  expect(server.count("auth.refresh")).toBe(1);
  expect(server.count("user.me")).toBe(40);
  expect(server.requests).toHaveLength(3);
});

test("a call that is refused again after the refresh is not repeated again", async () => {
  const server = serverWithSession().on("user.me", () => {
    throw new Refusal("ACCESS_TOKEN_INVALID");
  });
  const client = createClient({ url, storage: signedIn(), fetch: server.fetch });
  const error = await client.user.me.query().catch((caught: unknown) => caught);
  expect(isGatehouseError(error, "ACCESS_TOKEN_INVALID")).toBe(true);
  expect(server.count("user.me")).toBe(2);
  expect(server.count("auth.refresh")).toBe(1);
});

test.each(["FORBIDDEN", "NOT_FOUND", "INVALID_CREDENTIALS", "INTERNAL_ERROR", "TOO_MANY_REQUESTS"] as const)(
  "a call that fails with %s is not repeated",
  async (code) => {
    const server = new FakeServer().on("user.me", () => {
      throw new Refusal(code);
    });
    const client = createClient({ url, storage: signedIn(), fetch: server.fetch });
    await expect(client.user.me.query()).rejects.toMatchObject({ data: { code } });
    expect(server.calls).toHaveLength(1);
  },
);

test("a call without a session fails, and nothing is refreshed", async () => {
  const server = serverWithSession();
  const client = createClient({ url, fetch: server.fetch });
  await expect(client.user.me.query()).rejects.toMatchObject({ data: { code: "UNAUTHENTICATED" } });
  expect(server.calls).toHaveLength(1);
});

test("a session that cannot be read counts as none", async () => {
  const server = serverWithSession();
  const storage = fakeStorage();
  storage.items.set("gatehouse.session", "{ broken");
  const client = createClient({ url, storage, fetch: server.fetch });
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: null });
  await expect(client.user.me.query()).rejects.toMatchObject({ data: { code: "UNAUTHENTICATED" } });
});

test("tokens about to expire are refreshed before the call", async () => {
  const server = serverWithSession();
  const client = createClient({ url, storage: signedIn(fakeStorage(), expired), fetch: server.fetch });
  await client.user.me.query();
  expect(server.calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["auth.refresh", null],
    ["user.me", bearer(1)],
  ]);
});

test("a sign-in does not wait for the refresh of an older session, and outlives it", async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const begun = Promise.withResolvers<void>();
  const server = serverWithSession()
    .on("auth.login", () => ({ status: "signed_in", user, session: fakeSession({ id: "new" }) }))
    .on("auth.refresh", () => {
      begun.resolve();
      return promise;
    });
  const storage = signedIn(fakeStorage(), expired);
  const client = createClient({ url, storage, fetch: server.fetch });
  const call = client.user.me.query().catch((error: unknown) => error);
  await begun.promise;
  await client.auth.login.mutate(credentials);
  resolve({ session: fakeSession({ counter: 1 }) });
  await call;
  expect(storage.session()).toEqual(fakeSession({ id: "new" }));
});

test("an aborted call does not abort the refresh that others wait for", async () => {
  const { promise, resolve } = Promise.withResolvers<object>();
  const begun = Promise.withResolvers<void>();
  const server = serverWithSession(1).on("auth.refresh", () => {
    begun.resolve();
    return promise;
  });
  const client = createClient({ url, storage: signedIn(fakeStorage(), expired), fetch: server.fetch });
  const controller = new AbortController();
  const impatient = client.user.me.query(undefined, { signal: controller.signal });
  const patient = client.user.me.query();
  await begun.promise;
  controller.abort();
  await expect(impatient).rejects.toMatchObject({ cause: { name: "AbortError" } });
  resolve({ session: fakeSession({ counter: 1 }) });
  expect(await patient).toEqual(user);
  expect(server.count("user.me")).toBe(1);
});

test.each(["logout", "logoutAll"] as const)("auth.%s signs out", async (name) => {
  const server = new FakeServer().on(`auth.${name}`, () => undefined);
  const storage = signedIn();
  const client = createClient({ url, storage, fetch: server.fetch });
  await client.auth[name].mutate();
  expect(storage.items.size).toBe(0);
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "logged_out" });
});

test("a logout that does not reach the server keeps the session, so that it can be repeated", async () => {
  const server = new FakeServer().on("auth.logout", () => {
    throw new TypeError("fetch failed");
  });
  const storage = signedIn();
  const client = createClient({ url, storage, fetch: server.fetch });
  await expect(client.auth.logout.mutate()).rejects.toThrow("fetch failed");
  expect(storage.session()).toEqual(fakeSession());
});

test("a refresh that the app calls itself is stored, also for a token from elsewhere", async () => {
  const server = serverWithSession();
  const storage = fakeStorage();
  const client = createClient({ url, storage, fetch: server.fetch });
  await client.auth.refresh.mutate({ refreshToken: "session-1.4" });
  expect(storage.session()).toEqual(fakeSession({ counter: 5 }));
  expect(await client.user.me.query()).toEqual(user);
});

test("a refresh that the app calls itself sends the session's attempt key, and for a token from elsewhere the app's key", async () => {
  const server = serverWithSession();
  const storage = signedIn();
  const client = createClient({ url, storage, fetch: server.fetch });
  await client.auth.refresh.mutate({ refreshToken: "session-1.0" });
  await client.auth.refresh.mutate({ refreshToken: "session-1.1", attemptKey: "the-key-of-the-app" });
  await client.auth.refresh.mutate({ refreshToken: "elsewhere.1" });
  await client.auth.refresh.mutate({ refreshToken: "elsewhere.3", attemptKey: "the-key-of-the-app" });
  expect(server.calls.map(({ input }) => input)).toEqual([
    { refreshToken: "session-1.0", attemptKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
    { refreshToken: "session-1.1", attemptKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
    { refreshToken: "elsewhere.1" },
    { refreshToken: "elsewhere.3", attemptKey: "the-key-of-the-app" },
  ]);
});

test("a refresh that the app calls itself and that is refused ends only the session whose token it was", async () => {
  const server = new FakeServer().on("auth.refresh", () => {
    throw new Refusal("REFRESH_TOKEN_INVALID");
  });
  const storage = signedIn();
  const client = createClient({ url, storage, fetch: server.fetch });
  await expect(client.auth.refresh.mutate({ refreshToken: "another.0" })).rejects.toThrow("refused");
  expect(storage.session()).toEqual(fakeSession());
  await expect(client.auth.refresh.mutate({ refreshToken: "session-1.0" })).rejects.toThrow("refused");
  expect(storage.session()).toBeNull();
});
