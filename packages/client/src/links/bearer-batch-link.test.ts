import { expect, test } from "vitest";
import { createClient } from "../create-client.ts";
import { FakeServer } from "../testing/fake-server.ts";
import { fakeSession, fakeStorage } from "../testing/fake-session.ts";

const url = "http://gatehouse.test";

function pongServer(): FakeServer {
  return new FakeServer().on("ping", () => ({ message: "pong" })).on("auth.logout", () => undefined);
}

test("calls of one tick share a request, and calls of the next tick share another", async () => {
  const server = pongServer();
  const client = createClient({ url, fetch: server.fetch });
  await Promise.all([client.ping.query(), client.ping.query(), client.ping.query()]);
  await client.ping.query();
  expect(server.calls).toHaveLength(4);
  expect(server.requests).toHaveLength(2);
});

test("calls with the access token and calls without it do not share a request", async () => {
  const server = pongServer().on("device.list", () => ({ items: [], nextCursor: null }));
  const storage = fakeStorage();
  storage.put(fakeSession());
  const client = createClient({ url, storage, fetch: server.fetch });
  await Promise.all([client.device.list.query({}), client.ping.query(), client.device.list.query({})]);
  const sent = server.requests.map((request) => [new URL(request.url).pathname, request.headers.has("authorization")]);
  expect(new Map(sent as [string, boolean][])).toEqual(
    new Map([
      ["/rpc/device.list,device.list", true],
      ["/rpc/ping", false],
    ]),
  );
});

test("a batch larger than the server accepts is split", async () => {
  const server = pongServer();
  const client = createClient({ url, fetch: server.fetch });
  await Promise.all(Array.from({ length: 45 }, () => client.ping.query()));
  expect(server.requests).toHaveLength(3);
});

test.each(["http://gatehouse.test", "http://gatehouse.test/"])("%s is a good address", async (address) => {
  const server = pongServer();
  await createClient({ url: address, fetch: server.fetch }).ping.query();
  expect(server.requests.map((request) => new URL(request.url).pathname)).toEqual(["/rpc/ping"]);
});

test("the app's headers go with every request", async () => {
  const server = pongServer();
  await createClient({ url, headers: { "x-app": "1.0" }, fetch: server.fetch }).ping.query();
  expect(server.requests.map((request) => request.headers.get("x-app"))).toEqual(["1.0"]);
});

test("a large input travels alone, and a server with the smallest limit accepts what travels together", async () => {
  const server = pongServer().on("auth.email.verify", () => undefined);
  const sizes: number[] = [];
  const client = createClient({
    url,
    fetch: (input, init) => {
      sizes.push(Buffer.byteLength(String(init?.body)));
      return server.fetch(input, init);
    },
  });
  const verify = (token: string) => client.auth.email.verify.mutate({ token });
  await Promise.all([verify("é".repeat(2000)), ...Array.from({ length: 20 }, () => verify("x".repeat(2900)))]);
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThan(65_536);
});

test("an input that cannot be sent fails its own call and no other", async () => {
  const server = pongServer();
  const client = createClient({ url, fetch: server.fetch });
  const calls = [client.ping.query(), client.device.list.query({ limit: Number.NaN }), client.ping.query()];
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toHaveProperty("reason.message", expect.stringContaining('not finite at "limit"'));
  expect(server.requests).toHaveLength(1);
});
