import { createClient, type GatehouseClient } from "@gatehouse/client";
import { EventSource } from "eventsource";
import { expect, test, vi } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

/** A client that is signed in, at this address of the server. */
async function signUp(url: string) {
  const addresses: string[] = [];
  /** Remembers what stood in the addresses. */
  class WatchedEventSource extends EventSource {
    constructor(address: string) {
      super(address);
      addresses.push(address);
    }
  }
  const client = createClient({ url, eventSource: WatchedEventSource });
  const registration = await client.auth.register.mutate({
    email: `${crypto.randomUUID()}@example.com`,
    password: "correct horse battery",
  });
  if (registration.status !== "signed_in") throw new Error("the server wants the address proven first");
  return { client, addresses, userId: registration.user.id, session: registration.session };
}

/** Everything that a subscriber hears. */
function listen(client: GatehouseClient, lastEventId?: string) {
  const heard: unknown[] = [];
  const { unsubscribe } = client.auth.onSessionChange.subscribe(
    lastEventId === undefined ? undefined : { lastEventId },
    {
      onStarted: () => heard.push("started"),
      onData: ({ data }) => heard.push(data),
      onError: (error) => heard.push(error),
      onComplete: () => heard.push("complete"),
    },
  );
  return { heard, [Symbol.dispose]: unsubscribe };
}

async function setRoles({ gatehouse }: TestGatehouse, userId: string, roles: string[]): Promise<void> {
  await gatehouse.deps.db.updateTable("user").set({ roles }).where("public_id", "=", userId).execute();
}

const shared = shareGatehouse();

test("a subscriber gets roles, and the end, which signs the client out without a call", async () => {
  const server = shared();
  const { client, addresses, userId, session } = await signUp(server.url);
  // Besides the last administrator, who would stay.
  await registerWithRoles(server);
  using listening = listen(client);
  await vi.waitFor(() => expect(listening.heard).toEqual(["started"]), patience);
  await setRoles(server, userId, ["admin"]);
  await vi.waitFor(() => expect(listening.heard).toHaveLength(2), patience);
  await server.gatehouse.deps.db
    .updateTable("user")
    .set({ status: "disabled" })
    .where("public_id", "=", userId)
    .execute();
  await vi.waitFor(() => expect(listening.heard).toContain("complete"), patience);
  expect(listening.heard).toEqual([
    "started",
    { type: "roles_changed", roles: ["admin"] },
    { type: "revoked", reason: "account_disabled" },
    "complete",
  ]);
  await vi.waitFor(async () =>
    expect(await client.$session.get()).toEqual({ session: null, signOutReason: "session_ended" }),
  );
  expect(addresses).toHaveLength(1);
  expect(addresses.join()).not.toContain(session.accessToken);
});

test("the client resumes after a lost connection, with a new ticket", async () => {
  const server = shared();
  await using network = await startTcpProxy(server.url);
  const { client, addresses, userId } = await signUp(network.url);
  using listening = listen(client);
  await vi.waitFor(() => expect(listening.heard).toEqual(["started"]), patience);
  for (const roles of [["editor"], ["admin"]]) {
    await network.cut();
    await setRoles(server, userId, roles);
    await network.restore();
    await vi.waitFor(() => expect(listening.heard).toContainEqual({ type: "roles_changed", roles }), patience);
  }
  expect(listening.heard.filter((each) => each !== "started")).toEqual([
    { type: "roles_changed", roles: ["editor"] },
    { type: "roles_changed", roles: ["admin"] },
  ]);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test("an app that resumes with an id of its own gets nothing twice either", async () => {
  const server = shared();
  await using network = await startTcpProxy(server.url);
  const { client, userId } = await signUp(network.url);
  const { sessionEventId } = await client.auth.createSubscriptionTicket.mutate();
  await setRoles(server, userId, ["editor"]);
  using listening = listen(client, sessionEventId);
  const told = () => listening.heard.filter((each) => each !== "started");
  const editor = { type: "roles_changed", roles: ["editor"] };
  await vi.waitFor(() => expect(told()).toEqual([editor]), patience);
  await network.cut();
  await network.restore();
  await vi.waitFor(() => expect(listening.heard.filter((each) => each === "started")).toHaveLength(2), patience);
  await setRoles(server, userId, ["admin"]);
  const admin = { type: "roles_changed", roles: ["admin"] };
  await vi.waitFor(() => expect(told()).toContainEqual(admin), patience);
  expect(told()).toEqual([editor, admin]);
});

test("a subscription to a session that ended meanwhile ends with the refusal", async () => {
  const server = shared();
  const { client, userId } = await signUp(server.url);
  await server.gatehouse.deps.db
    .updateTable("user")
    .set({ status: "disabled" })
    .where("public_id", "=", userId)
    .execute();
  await vi.waitFor(async () => {
    using listening = listen(client);
    await vi.waitFor(() => expect(listening.heard).toHaveLength(1), patience);
    expect(listening.heard).toMatchObject([{ data: { httpStatus: 401 } }]);
  });
  expect(await client.$session.get()).toEqual({ session: null, signOutReason: "session_ended" });
});

test("a client that unsubscribes releases the server's resources, and gets nothing more", async () => {
  const server = shared();
  const { client, userId } = await signUp(server.url);
  const listening = listen(client);
  await vi.waitFor(() => expect(listening.heard).toEqual(["started"]), patience);
  listening[Symbol.dispose]();
  const { sessionWatch, limits } = server.gatehouse.deps;
  await vi.waitFor(() => expect([sessionWatch.size, limits.subscriptions.size]).toEqual([0, 0]), patience);
  await setRoles(server, userId, ["admin"]);
  expect(await client.user.me.query()).toMatchObject({ roles: ["admin"] });
  expect(listening.heard).toEqual(["started"]);
});

test("another account that signs in gets no events of the one before", async () => {
  const server = shared();
  await using network = await startTcpProxy(server.url);
  const { client } = await signUp(network.url);
  using listening = listen(client);
  await vi.waitFor(() => expect(listening.heard).toEqual(["started"]), patience);
  await client.auth.register.mutate({ email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" });
  await network.cut();
  await network.restore();
  await vi.waitFor(() => expect(listening.heard).toEqual(["started", "complete"]), patience);
});

test("a platform without EventSource gets an error that names it", async () => {
  const server = shared();
  const client = createClient({ url: server.url });
  using listening = listen(client);
  await vi.waitFor(() => expect(listening.heard).toHaveLength(1), patience);
  expect(String(listening.heard[0])).toContain("no EventSource");
});
