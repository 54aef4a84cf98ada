import { describe, expect, test } from "vitest";
import { type EventType, eventTypes } from "../../packages/server/src/webhook/event-types.ts";
import { registerWithRoles, setRoles } from "../support/administrators.ts";
import { linkDevice, newDeviceSecret, newInstallationId, registerDevice, unlinkDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import {
  createWebhook,
  insideReceivers,
  listDeliveries,
  type Receiver,
  settleDeliveries,
  startReceiver,
} from "../support/webhooks.ts";

interface Scene extends AsyncDisposable {
  readonly server: TestGatehouse;
  readonly receiver: Receiver;
  readonly admin: Account;
  /** The events since the last call, in the order of the deliveries, once all have arrived. */
  takeEvents(): Promise<readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]>;
}

/** A server with a webhook that listens to these events; default: all. */
async function setScene({
  events = eventTypes,
  ...options
}: Parameters<typeof startGatehouse>[0] & { readonly events?: readonly EventType[] } = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await startReceiver());
  const environment = { ...insideReceivers, ...options.environment };
  const server = stack.use(await startGatehouse({ ...options, environment }));
  const admin = await registerWithRoles(server);
  const { webhook } = await createWebhook(server, admin, { url: receiver.url, events });
  let taken = 0;
  const owned = stack.move();
  return {
    server,
    receiver,
    admin,
    async takeEvents() {
      await settleDeliveries(server);
      const ids = (await listDeliveries(server, admin, webhook.id)).map(({ eventId }: { eventId: string }) => eventId);
      const byId = new Map(receiver.requests.map(({ headers, event }) => [headers["webhook-id"], event]));
      const events = ids.toReversed().map((id: string) => byId.get(id));
      const fresh = events.slice(taken);
      taken = events.length;
      return fresh;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe.each([false, true])("on an embedded database: %s", (embedded) => {
  test("a registration is a user.created and a session.created, and its device a device.linked", async () => {
    await using scene = await setScene({ embedded });
    const installationId = newInstallationId();
    const { userId, email } = await registerAccount(scene.server.url, { device: { installationId, platform: "ios" } });
    const events = await scene.takeEvents();
    expect(events.map(({ type }) => type)).toEqual(["user.created", "session.created", "device.linked"]);
    const [created, session, device] = events;
    expect(created?.data).toMatchObject({ id: userId, email, status: "active" });
    expect(session?.data).toMatchObject({ userId, methods: ["pwd"], remembered: true });
    expect(device?.data).toMatchObject({ userId, installationId, platform: "ios" });
  });
});

test("a sign-in is a session.created, and a device.linked only on a device that was not the user's", async () => {
  await using scene = await setScene();
  const { email, password, userId } = await registerAccount(scene.server.url);
  await scene.takeEvents();
  const device = { installationId: newInstallationId(), platform: "ios", deviceSecret: newDeviceSecret() };
  const signIn = () => login(scene.server.url, { identifier: email, password, device });
  const { body } = await signIn();
  const [session, linked] = await scene.takeEvents();
  expect(session).toMatchObject({ type: "session.created", data: { id: body.session.id, userId } });
  expect(linked).toMatchObject({ type: "device.linked", data: { userId, installationId: device.installationId } });
  await signIn();
  expect((await scene.takeEvents()).map(({ type }) => type)).toEqual(["session.created"]);
});

test("a sign-in that is refused is no event", async () => {
  await using scene = await setScene();
  const { email } = await registerAccount(scene.server.url);
  await scene.takeEvents();
  await login(scene.server.url, { identifier: email, password: "not the password" });
  await registerAccount(scene.server.url, { email }).catch(() => undefined);
  expect(await scene.takeEvents()).toEqual([]);
});

test("a refresh is no event", async () => {
  await using scene = await setScene();
  const { refreshToken } = await registerAccount(scene.server.url);
  await scene.takeEvents();
  const { status } = await rest(scene.server.url, "/v1/auth/refresh", { body: { refreshToken } });
  expect(status).toBe(200);
  expect(await scene.takeEvents()).toEqual([]);
});

test("an account of the verified mode is a user.created when its link is opened", async () => {
  await using scene = await setScene({ events: ["user.created"] });
  const { server } = scene;
  await using verified = await startGatehouse({
    ...(server.database === undefined ? {} : { database: server.database }),
    clock: server.clock,
    environment: { ...insideReceivers, REGISTRATION_MODE: "verified" },
  });
  const email = `${crypto.randomUUID()}@example.com`;
  await rest(verified.url, "/v1/auth/register", { body: { email, password: "correct horse battery" } });
  const token = await receiveToken(verified, email, "complete-registration");
  expect(await scene.takeEvents()).toEqual([]);
  await rest(verified.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
  expect(await scene.takeEvents()).toMatchObject([{ type: "user.created", data: { email, emailVerified: true } }]);
});

test("a change of the profile is a user.updated with the whole user", async () => {
  await using scene = await setScene({ events: ["user.updated"] });
  const { accessToken: token, userId } = await registerAccount(scene.server.url);
  await rest(scene.server.url, "/v1/users/me", { method: "PATCH", token, body: { givenName: "Ada" } });
  const [updated] = await scene.takeEvents();
  expect(updated).toMatchObject({ type: "user.updated", data: { id: userId, givenName: "Ada", familyName: null } });
});

test("the proof of an address is one user.updated, and what changes no field is none", async () => {
  await using scene = await setScene({ events: ["user.updated"] });
  const { server } = scene;
  const { email } = await registerAccount(server.url);
  const body = { token: await receiveToken(server, email, "verify-email"), requestedBy: "me" };
  await rest(server.url, "/v1/auth/email/verify", { body });
  expect(await scene.takeEvents()).toMatchObject([{ type: "user.updated", data: { email, emailVerified: true } }]);
  await rest(server.url, "/v1/auth/magic-link", { body: { email } });
  const token = await receiveToken(server, email, "magic-link");
  expect((await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } })).status).toBe(200);
  expect(await scene.takeEvents()).toEqual([]);
});

test("other roles are a user.updated, and the same ones are none", async () => {
  await using scene = await setScene({ events: ["user.updated"] });
  const { userId } = await registerAccount(scene.server.url);
  const give = (roles: readonly string[]) => setRoles(scene.server.url, scene.admin, userId, roles);
  expect((await give(["support"])).status).toBe(200);
  await give(["support"]);
  expect(await scene.takeEvents()).toMatchObject([{ data: { id: userId, roles: ["support"] } }]);
});

test("each ended session is a session.revoked with its reason", async () => {
  await using scene = await setScene({ events: ["session.revoked"] });
  const { email, password, userId, accessToken } = await registerAccount(scene.server.url);
  const { body } = await login(scene.server.url, { identifier: email, password });
  await rest(scene.server.url, "/v1/auth/logout", { method: "POST", token: body.session.accessToken });
  expect(await scene.takeEvents()).toEqual([
    expect.objectContaining({
      type: "session.revoked",
      data: { id: body.session.id, userId, reason: "logout" },
    }),
  ]);
  await login(scene.server.url, { identifier: email, password });
  await rest(scene.server.url, "/v1/auth/logout-all", { method: "POST", token: accessToken });
  const events = await scene.takeEvents();
  expect(events.map(({ data }) => data["reason"])).toEqual(["logout_all", "logout_all"]);
});

test("a device that changes hands is unlinked from one user and linked to the other", async () => {
  await using scene = await setScene({ events: ["device.linked", "device.unlinked"] });
  const { url } = scene.server;
  const [first, second] = [await registerAccount(url), await registerAccount(url)];
  const device = { installationId: newInstallationId(), deviceSecret: newDeviceSecret() };
  await linkDevice(url, first, device);
  await linkDevice(url, first, { ...device, name: "the same" });
  await linkDevice(url, second, device);
  await unlinkDevice(url, second, device.installationId);
  const events = (await scene.takeEvents()).map(({ type, data }) => [type, data["userId"]]);
  expect(events).toEqual([
    ["device.linked", first.userId],
    ["device.unlinked", first.userId],
    ["device.linked", second.userId],
    ["device.unlinked", second.userId],
  ]);
});

test("a device that is registered without a user is no event, and no event holds its push token or secret", async () => {
  await using scene = await setScene();
  const { url } = scene.server;
  const secrets = { deviceSecret: newDeviceSecret(), pushToken: `push-${crypto.randomUUID()}` };
  const device = { installationId: newInstallationId(), ...secrets };
  await registerDevice(url, device.installationId, secrets);
  expect(await scene.takeEvents()).toEqual([]);
  await linkDevice(url, await registerAccount(url), device);
  const events = await scene.takeEvents();
  expect(events.map(({ type }) => type)).toContain("device.linked");
  const received = JSON.stringify(scene.receiver.requests);
  for (const secret of Object.values(secrets)) expect(received).not.toContain(secret);
});

test("only the types that a webhook listens to are delivered to it, and each webhook gets its own", async () => {
  await using scene = await setScene({ events: ["user.created"] });
  await using other = await startReceiver();
  await createWebhook(scene.server, scene.admin, { url: other.url, events: ["session.created", "user.created"] });
  await registerAccount(scene.server.url);
  expect((await scene.takeEvents()).map(({ type }) => type)).toEqual(["user.created"]);
  expect(other.requests.map(({ event }) => event.type).toSorted()).toEqual(["session.created", "user.created"]);
});
