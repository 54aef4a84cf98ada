import { createClient, isGatehouseError, type SessionStorage } from "@gatehouse/client";
import { describe, expect, test } from "vitest";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { signedIn } from "../support/signed-in.ts";
import { createNetwork } from "./network.ts";
import { asyncStorage, webStorage } from "./storage.ts";

/** Beyond the life of an access token, by the server's clock; the client's own knows nothing of it. */
const past = 1000;
const weeks = 6 * 7 * 24 * 60 * 60;
const password = "correct horse battery";

async function signUp(server: TestGatehouse, storage: SessionStorage = webStorage()) {
  const network = createNetwork();
  const client = createClient({ url: server.url, storage, fetch: network.fetch });
  const email = `${crypto.randomUUID()}@example.com`;
  const registration = await client.auth.register.mutate({ email, password });
  if (registration.status !== "signed_in") throw new Error("the server wants the address proven first");
  const { session } = registration;
  return { client, network, storage, email, session };
}

function times<T>(count: number, call: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, call));
}

const shared = shareGatehouse();

describe.each([
  ["storage that answers at once", webStorage],
  ["storage that takes a while", asyncStorage],
])("with %s", (_, createStorage) => {
  test("twenty calls travel in one request", async () => {
    const server = shared();
    const { client, network } = await signUp(server, createStorage());
    const pages = await times(20, () => client.device.list.query({}));
    expect(pages).toEqual(Array.from({ length: 20 }, () => ({ items: [], nextCursor: null })));
    expect(network.count("device.list")).toBe(1);
  });

  test("twenty calls with an expired token make one refresh, and all succeed", async () => {
    const server = shared();
    const { client, network } = await signUp(server, createStorage());
    server.clock.advance(past);
    const users = await times(20, () => client.user.me.query());
    expect(users).toHaveLength(20);
    expect(network.count("auth.refresh")).toBe(1);
    expect(network.count("user.me")).toBe(2);
  });

  test("the app stays signed in when it is started again", async () => {
    const server = shared();
    const { storage, email } = await signUp(server, createStorage());
    server.clock.advance(past);
    const restarted = createClient({ url: server.url, storage });
    expect((await restarted.user.me.query()).email).toBe(email);
  });
});

describe.each([
  ["storage that answers at once", webStorage],
  ["storage that takes a while", asyncStorage],
])("an app that ended between a refresh and its answer, with %s", (_, createStorage) => {
  test("is still signed in when it starts again weeks later, in three tabs at once", async () => {
    const server = shared();
    const { client, network, storage, email } = await signUp(server, createStorage());
    server.clock.advance(past);
    network.loseAnswer("auth.refresh");
    await client.user.me.query().catch(() => undefined);
    server.clock.advance(weeks);
    const tabs = await times(3, async () => createClient({ url: server.url, storage }));
    const users = await Promise.all(tabs.map((tab) => tab.user.me.query()));
    expect(users.map((user) => user.email)).toEqual([email, email, email]);
    server.clock.advance(past);
    expect((await client.user.me.query()).email).toBe(email);
  });

  test("is still signed in when the request of another tab arrives minutes after its tokens were used", async () => {
    const server = shared();
    const { client, storage, email } = await signUp(server, createStorage());
    server.clock.advance(past);
    const arrives = Promise.withResolvers<void>();
    const sent = Promise.withResolvers<void>();
    const late = createClient({
      url: server.url,
      storage,
      async fetch(input, init) {
        sent.resolve();
        await arrives.promise;
        return await fetch(input, init);
      },
    });
    const refresh = late.$session.refresh();
    await sent.promise;
    await client.user.me.query();
    server.clock.advance(300);
    arrives.resolve();
    await refresh;
    expect((await client.user.me.query()).email).toBe(email);
  });
});

test("a session lives through many refreshes", async () => {
  const server = shared();
  const { client, network, session } = await signUp(server);
  for (let day = 0; day < 10; day++) {
    server.clock.advance(86_400);
    await client.user.me.query();
  }
  const { session: current } = await client.auth.status.query();
  expect(current.id).toBe(session.id);
  expect(network.count("auth.refresh")).toBe(10);
});

test("two tabs whose token expires at once both stay signed in", async () => {
  const server = shared();
  const { client, storage } = await signUp(server);
  const tab = createClient({ url: server.url, storage });
  for (let round = 0; round < 5; round++) {
    server.clock.advance(past);
    await Promise.all([times(5, () => client.user.me.query()), times(5, () => tab.user.me.query())]);
  }
  expect(await tab.$session.get()).toEqual(await client.$session.get());
});

test("a tab uses the tokens that another has refreshed", async () => {
  const server = shared();
  const { client, storage } = await signUp(server);
  const network = createNetwork();
  const tab = createClient({ url: server.url, storage, fetch: network.fetch });
  await tab.user.me.query();
  server.clock.advance(past);
  await client.user.me.query();
  await tab.user.me.query();
  expect(network.count("auth.refresh")).toBe(0);
});

test("a session survives a lost answer to a refresh: the next call tries again", async () => {
  const server = shared();
  const { client, network } = await signUp(server);
  server.clock.advance(past);
  network.loseAnswer("auth.refresh");
  const error = await client.user.me.query().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  expect(isGatehouseError(error)).toBe(false);
  server.clock.advance(past);
  await client.user.me.query();
  await client.$session.refresh();
  await client.user.me.query();
});

test("a token that a thief used first ends the session with an error that says so", async () => {
  const server = shared();
  const { client, session } = await signUp(server);
  const thief = createClient({ url: server.url });
  await thief.auth.refresh.mutate({ refreshToken: session.refreshToken });
  server.clock.advance(past);
  const error = await client.user.me.query().catch((caught: unknown) => caught);
  expect(isGatehouseError(error, "REFRESH_TOKEN_REUSED")).toBe(true);
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "refresh_token_reused" });
  await expect(thief.user.me.query()).rejects.toMatchObject({ data: { code: "REFRESH_TOKEN_INVALID" } });
});

test("a session that ended elsewhere ends here at the next call, with an error that says so", async () => {
  const server = shared();
  const { client, email } = await signUp(server);
  const other = createClient({ url: server.url });
  await other.auth.login.mutate({ identifier: email, password });
  await other.auth.logoutAll.mutate();
  const error = await client.user.me.query().catch((caught: unknown) => caught);
  expect(isGatehouseError(error, "REFRESH_TOKEN_INVALID")).toBe(true);
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "session_ended" });
});

test("a sign-in during the refresh of an older session is kept", async () => {
  const server = shared();
  const { client, email } = await signUp(server);
  server.clock.advance(past);
  const [, answer] = await Promise.all([
    client.user.me.query().catch(() => undefined),
    client.auth.login.mutate({ identifier: email, password }),
  ]);
  expect((await client.auth.status.query()).session.id).toBe(signedIn(answer).session.id);
});

test("a logout ends the session here and at the server", async () => {
  const server = shared();
  const { client, session } = await signUp(server);
  await client.auth.logout.mutate();
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "logged_out" });
  const { refreshToken } = session;
  await expect(client.auth.refresh.mutate({ refreshToken })).rejects.toMatchObject({
    data: { code: "REFRESH_TOKEN_INVALID" },
  });
});

test("a logout with an expired token is sent with a new one", async () => {
  const server = shared();
  const { client } = await signUp(server);
  server.clock.advance(past);
  await client.auth.logout.mutate();
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "logged_out" });
});
