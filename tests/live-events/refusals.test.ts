import { expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { connectEvents, type EventReader, getTicket, openEvents } from "./event-reader.ts";

/** What the stream is refused with. */
async function refusalOf(opening: Promise<EventReader>) {
  await using events = await opening;
  const { data } = await events.nextOf("serialized-error");
  return data.data;
}

async function registerWithTicket(server: TestGatehouse) {
  const account = await registerAccount(server.url);
  return { ...account, ...(await getTicket(server.url, account.accessToken)) };
}

const shared = shareGatehouse();

test("a stream without a valid ticket or token reports it and ends", async () => {
  const server = shared();
  const { accessToken } = await registerAccount(server.url);
  const refuse = (opening: Parameters<typeof openEvents>[1]) => refusalOf(openEvents(server.url, opening));
  expect(await refuse({})).toMatchObject({ code: "UNAUTHENTICATED", httpStatus: 401 });
  expect(await refuse({ token: `${accessToken}x` })).toMatchObject({ code: "ACCESS_TOKEN_INVALID", httpStatus: 401 });
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken });
  expect(await refuse({ token: accessToken })).toMatchObject({ code: "ACCESS_TOKEN_INVALID" });
});

test("a ticket is refused when it is reused, altered, expired or of another kind", async () => {
  const server = shared();
  const refuse = (ticket: string) => refusalOf(openEvents(server.url, { ticket }));
  const { ticket, accessToken, refreshToken } = await registerWithTicket(server);
  await using events = await connectEvents(server.url, { ticket });
  expect(await refuse(ticket)).toMatchObject({ code: "SUBSCRIPTION_TICKET_INVALID", httpStatus: 401 });
  const late = await getTicket(server.url, accessToken);
  const altered = await getTicket(server.url, accessToken);
  const other = altered.ticket.startsWith("A") ? "B" : "A";
  expect(await refuse(other + altered.ticket.slice(1))).toMatchObject({ code: "SUBSCRIPTION_TICKET_INVALID" });
  server.clock.advance(30);
  // A token in the address would end up in logs: it is refused there, good as it is.
  for (const refused of [late.ticket, accessToken, refreshToken, ""])
    expect(await refuse(refused)).toMatchObject({ code: "SUBSCRIPTION_TICKET_INVALID", httpStatus: 401 });
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken });
  expect((await events.nextOf("message")).data).toMatchObject({ type: "revoked" });
});

test("a ticket opens nothing but a stream", async () => {
  const server = shared();
  const { ticket } = await registerWithTicket(server);
  expect((await rest(server.url, "/v1/users/me", { token: ticket })).body.code).toBe("ACCESS_TOKEN_INVALID");
  const query = `connectionParams=${encodeURIComponent(JSON.stringify({ ticket }))}`;
  const overRpc = await rest(server.url, `/rpc/user.me?${query}`);
  expect(overRpc.body.error.json.data.code).toBe("UNAUTHENTICATED");
  expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ticket } })).status).toBe(401);
});

test("a stream reports its own session, and not the end of another", async () => {
  const server = shared();
  const ada = await registerWithTicket(server);
  const grace = await registerAccount(server.url);
  await using events = await connectEvents(server.url, { ticket: ada.ticket });
  await rest(server.url, "/v1/auth/logout", { method: "POST", token: grace.accessToken });
  await rest(server.url, "/v1/auth/logout-all", { method: "POST", token: ada.accessToken });
  expect((await events.rest()).map(({ data }) => data?.reason)).toEqual(["logout_all", undefined]);
});

test("a user has a limited number of open streams, and may open another after closing one", async () => {
  await using server = await startGatehouse({ environment: { LIMIT_SUBSCRIPTIONS_PER_USER: "2" } });
  const { accessToken: token } = await registerAccount(server.url);
  const { accessToken: another } = await registerAccount(server.url);
  const first = await connectEvents(server.url, { token });
  await using _second = await connectEvents(server.url, { token });
  expect(await refusalOf(openEvents(server.url, { token }))).toMatchObject({
    code: "TOO_MANY_SUBSCRIPTIONS",
    httpStatus: 429,
    retryAfterSeconds: expect.any(Number),
  });
  await using _other = await connectEvents(server.url, { token: another });
  const { limits } = server.gatehouse.deps;
  await first[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(server.gatehouse.deps.sessionWatch.size).toBe(2), patience);
  await using third = await openEvents(server.url, { token });
  await third.next();
  await vi.waitFor(() => expect(server.gatehouse.deps.sessionWatch.size).toBe(3), patience);
  expect(limits.subscriptions.size).toBe(4);
});

test.each(["LIMIT_SUBSCRIPTIONS", "LIMIT_SUBSCRIPTIONS_PER_IP"])("%s limits all users together", async (limit) => {
  await using server = await startGatehouse({ environment: { [limit]: "1" } });
  const [ada, grace] = [await registerAccount(server.url), await registerAccount(server.url)];
  await using _events = await connectEvents(server.url, { token: ada.accessToken });
  expect(await refusalOf(openEvents(server.url, { token: grace.accessToken }))).toMatchObject({ httpStatus: 429 });
});

test("the tickets of a user are limited", async () => {
  await using server = await startGatehouse({ environment: { LIMIT_SUBSCRIPTION_TICKETS_PER_USER_PER_MINUTE: "2" } });
  const { accessToken } = await registerAccount(server.url);
  const statuses: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const { status } = await rest(server.url, "/v1/auth/subscription-tickets", { method: "POST", token: accessToken });
    statuses.push(status);
  }
  expect(statuses).toEqual([201, 201, 429]);
});

test("a ticket is never logged, used or refused", async () => {
  const lines: string[] = [];
  await using server = await startGatehouse({ onLog: (line) => lines.push(line) });
  const { ticket, accessToken } = await registerWithTicket(server);
  await using _events = await connectEvents(server.url, { ticket });
  await refusalOf(openEvents(server.url, { ticket }));
  await refusalOf(openEvents(server.url, { ticket: accessToken }));
  await server.gatehouse.close();
  const log = lines.join("");
  expect(log).toContain("SUBSCRIPTION_TICKET_INVALID");
  expect(log).not.toContain(ticket.slice(-20));
  expect(log).not.toContain(accessToken.slice(-20));
});
