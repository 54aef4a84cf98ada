import { describe, expect, onTestFinished, test, vi } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { connectEvents, type EventReader, getTicket, openEvents } from "./event-reader.ts";

async function setRoles({ gatehouse }: TestGatehouse, { userId }: Account, roles: readonly string[]): Promise<void> {
  await gatehouse.deps.db
    .updateTable("user")
    .set({ roles: [...roles] })
    .where("public_id", "=", userId)
    .execute();
}

/** Events of all that happens from now on: without an id, they would begin when the server has read the session. */
async function followFromNow({ url }: TestGatehouse, { accessToken: token }: Account): Promise<EventReader> {
  const { sessionEventId: lastEventId } = await getTicket(url, token);
  return await connectEvents(url, { token, lastEventId });
}

/** Nothing of a subscription is left on the server. */
async function expectNothingLeft({ gatehouse }: TestGatehouse): Promise<void> {
  const { sessionWatch, limits } = gatehouse.deps;
  await vi.waitFor(() => expect([sessionWatch.size, limits.subscriptions.size]).toEqual([0, 0]), patience);
}

const shared = shareGatehouse();
const sharedEmbedded = shareGatehouse({ embedded: true });

describe.each([
  ["PostgreSQL", shared],
  ["the embedded database", sharedEmbedded],
])("on %s", (_where, serverHere) => {
  test.each([
    ["logout", "logout"],
    ["logout-all", "logout_all"],
  ])("a session that ends by %s gets the event, and then the stream ends for good", async (how, reason) => {
    const server = serverHere();
    const { accessToken } = await registerAccount(server.url);
    await using events = await connectEvents(server.url, { token: accessToken });
    await rest(server.url, `/v1/auth/${how}`, { method: "POST", token: accessToken });
    expect(await events.rest()).toEqual([
      { name: "message", id: expect.any(String), data: { type: "revoked", reason } },
      { name: "return", id: undefined, data: null },
    ]);
    await expectNothingLeft(server);
  });

  test.each([
    ["disabled", { status: "disabled" as const }, "account_disabled"],
    ["deleted", { deleted_at: new Date() }, "account_deleted"],
  ])("a user who is %s, by any statement, gets the event", async (_how, change, reason) => {
    const server = serverHere();
    const { accessToken, userId } = await registerAccount(server.url);
    await using events = await connectEvents(server.url, { token: accessToken });
    await server.gatehouse.deps.db.updateTable("user").set(change).where("public_id", "=", userId).execute();
    expect((await events.nextOf("message")).data).toEqual({ type: "revoked", reason });
  });

  test("roles are sent after each change, and not when they are the same", async () => {
    const server = serverHere();
    const account = await registerAccount(server.url);
    // Besides the last administrator, who would stay.
    await registerWithRoles(server);
    await using events = await followFromNow(server, account);
    for (const roles of [["admin"], ["admin", "support"], []]) {
      await setRoles(server, account, roles);
      expect((await events.nextOf("message")).data).toEqual({ type: "roles_changed", roles });
    }
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: account.accessToken });
    expect((await events.nextOf("message")).data).toMatchObject({ type: "revoked" });
  });
});

test("a session that expires gets the event, unless a refresh has prolonged it", async () => {
  await using server = await startGatehouse();
  const { accessToken, refreshToken } = await registerAccount(server.url);
  await using events = await connectEvents(server.url, { token: accessToken });
  const day = 24 * 60 * 60;
  server.clock.advance(89 * day);
  expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } })).status).toBe(200);
  // By its first expiry nothing is told: the next event is that of the second, whatever the one before it was.
  server.clock.advance(80 * day);
  const reads = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
  // The signing keys are read all the time.
  const statements = () => reads.mock.calls.map(([{ sql }]) => sql);
  await vi.waitFor(() => expect(statements()).toContainEqual(expect.stringContaining('"session"')), patience);
  server.clock.advance(11 * day);
  expect(await events.rest()).toMatchObject([{ data: { type: "expired" } }, { name: "return" }]);
  await expectNothingLeft(server);
});

test("a subscription outlives the access token that opened it", async () => {
  const server = shared();
  const account = await registerAccount(server.url);
  await using events = await followFromNow(server, account);
  server.clock.advance(16 * 60);
  await setRoles(server, account, ["admin"]);
  expect((await events.nextOf("message")).data).toEqual({ type: "roles_changed", roles: ["admin"] });
});

test("a session that ended between the ticket and its use gets the event", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  const { ticket } = await getTicket(server.url, accessToken);
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken });
  await using events = await connectEvents(server.url, { ticket });
  expect((await events.nextOf("message")).data).toEqual({ type: "revoked", reason: "logout" });
});

test("the end of a session is not sent again to a reader who got it", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  const [first, second] = [await getTicket(server.url, accessToken), await getTicket(server.url, accessToken)];
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken });
  await using events = await connectEvents(server.url, { ticket: first.ticket });
  const { id } = await events.nextOf("message");
  await using resumed = await connectEvents(server.url, { ticket: second.ticket, lastEventId: id });
  expect(await resumed.rest()).toEqual([{ name: "return", id: undefined, data: null }]);
});

test("a change before the first event is not lost, thanks to the id that came with the ticket", async () => {
  const server = shared();
  const account = await registerAccount(server.url);
  const { ticket, sessionEventId } = await getTicket(server.url, account.accessToken);
  await setRoles(server, account, ["admin"]);
  await using events = await connectEvents(server.url, { ticket, lastEventId: sessionEventId });
  expect((await events.nextOf("message")).data).toEqual({ type: "roles_changed", roles: ["admin"] });
});

test("the stream has headers against caching and buffering, and tells the client its ping interval", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  await using events = await openEvents(server.url, { token: accessToken });
  const { status, headers } = events.response;
  expect(status).toBe(200);
  expect(Object.fromEntries(headers)).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
    "x-request-id": expect.any(String),
  });
  expect(await events.next()).toMatchObject({ name: "connected", data: { reconnectAfterInactivityMs: 45_000 } });
});

test("a browser app on an allowed origin may read the stream, and no other", async () => {
  await using server = await startGatehouse({ environment: { CORS_ORIGINS: "https://app.example.com" } });
  const { accessToken } = await registerAccount(server.url);
  const address = new URL("/rpc/auth.onSessionChange", server.url);
  const closing = new AbortController();
  for (const [origin, allowed] of [
    ["https://app.example.com", "https://app.example.com"],
    ["https://evil.example.com", null],
  ] as const) {
    const headers = { origin, authorization: `Bearer ${accessToken}` };
    const response = await fetch(address, { headers, signal: closing.signal });
    expect(response.headers.get("access-control-allow-origin")).toBe(allowed);
    expect(response.headers.get("vary")).toMatch(/origin/i);
  }
  closing.abort();
});

test("the stream sends pings while there are no events", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["setTimeout"], shouldAdvanceTime: true });
  await using events = await connectEvents(server.url, { token: accessToken });
  await vi.advanceTimersByTimeAsync(15_000);
  await events.nextOf("ping");
});

test("a client that leaves at any moment leaves nothing behind", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  for (let client = 0; client < 20; client += 1) {
    const events = await openEvents(server.url, { token: accessToken });
    if (client % 2 === 0) await events.next();
    await events[Symbol.asyncDispose]();
  }
  await expectNothingLeft(server);
});
