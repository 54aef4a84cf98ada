import { expect, test } from "vitest";
import { idOfRoles, type SessionState } from "./session-state.ts";
import { SessionSubscription } from "./subscription.ts";

const live = (...roles: string[]): SessionState => ({ isLive: true, expiresAt: new Date(), roles });
const loggedOut: SessionState = { isLive: false, event: { type: "revoked", reason: "logout" } };

/** A subscription that counts how often it was released. */
function open(lastEventId?: string) {
  const releases: string[] = [];
  const subscription = new SessionSubscription(lastEventId, () => releases.push("released"));
  return { subscription, releases };
}

test("a reader without an event id gets what changes after the first look", async () => {
  const { subscription } = open();
  subscription.update(live("a"));
  subscription.update(live("a"));
  const told = subscription.next();
  subscription.update(live("a", "b"));
  expect((await told).value?.event).toEqual({ type: "roles_changed", roles: ["a", "b"] });
});

test("a reader with an event id gets at once what differs, and nothing when only the order differs", async () => {
  const same = open(idOfRoles(["a", "b"]));
  same.subscription.update(live("b", "a"));
  same.subscription.update(loggedOut);
  expect((await same.subscription.next()).value?.event).toMatchObject({ type: "revoked" });
  const other = open(idOfRoles(["a"]));
  other.subscription.update(live());
  expect((await other.subscription.next()).value).toEqual({
    id: idOfRoles([]),
    event: { type: "roles_changed", roles: [] },
  });
});

test("a reader who missed several changes gets only the newest", async () => {
  const { subscription } = open(idOfRoles([]));
  for (const role of ["a", "b", "c"]) subscription.update(live(role));
  expect((await subscription.next()).value?.event).toEqual({ type: "roles_changed", roles: ["c"] });
  const next = subscription.next();
  subscription.update(loggedOut);
  expect((await next).value?.event).toMatchObject({ type: "revoked" });
});

test("after the end nothing more is sent, and everything is released once", async () => {
  const { subscription, releases } = open(idOfRoles([]));
  subscription.update(loggedOut);
  expect((await subscription.next()).done).toBe(false);
  subscription.update(live("a"));
  expect(await subscription.next()).toEqual({ done: true, value: undefined });
  await subscription.return();
  subscription.stop();
  expect(releases).toEqual(["released"]);
});

test("a reader who leaves releases the wait for changes", async () => {
  const { subscription, releases } = open();
  const waiting = subscription.next();
  await subscription.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(releases).toEqual(["released"]);
});

test("a server that stops cuts its readers off, so that they do not see an end", async () => {
  const { subscription } = open();
  const waiting = subscription.next();
  subscription.stop();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  await expect(subscription.next()).rejects.toMatchObject({ name: "AbortError" });
});
