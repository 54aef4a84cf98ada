import * as outbox from "../../../packages/server/src/delivery/outbox/store.ts";
import * as messages from "../../../packages/server/src/delivery/store.ts";
import * as pushDevices from "../../../packages/server/src/device/push-store.ts";
import type { DeviceFilter } from "../../../packages/server/src/device/search-store.ts";
import * as deviceSearches from "../../../packages/server/src/device/search-store.ts";
import * as devices from "../../../packages/server/src/device/store.ts";
import * as unusedDevices from "../../../packages/server/src/device/unused-store.ts";
import * as doctor from "../../../packages/server/src/doctor/store.ts";
import * as encryption from "../../../packages/server/src/encryption/store.ts";
import * as jobs from "../../../packages/server/src/jobs/store.ts";
import * as counters from "../../../packages/server/src/limits/store.ts";
import * as metrics from "../../../packages/server/src/metrics/store.ts";
import * as webhookDeliveries from "../../../packages/server/src/webhook/delivery-store.ts";
import * as webhookEvents from "../../../packages/server/src/webhook/event-store.ts";
import * as webhooks from "../../../packages/server/src/webhook/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { deviceId, digest, email, newEvent, now, page, sealed, userId, uuid } from "./samples.ts";

const newMessage = {
  message_id: uuid,
  kind: "mail" as const,
  recipient: email,
  template: "welcome",
  text: "text",
  created_at: now,
};

const sealedColumn = { table: "session", column: "refresh_key", idColumn: "public_id", idType: "uuid" } as const;

const newWebhook = {
  public_id: uuid,
  url: "https://example.com",
  events: ["user.created"],
  status: "active" as const,
  created_at: now,
  updated_at: now,
};

const pendingDelivery = { id: "50000", round: 0 };

const deviceCalls: CallsOf<typeof devices> = {
  lockPushToken: (trx) => devices.lockPushToken(trx, "token1"),
  lockDevices: (trx) => devices.lockDevices(trx, { installationId: "installation1", pushToken: "token2", userId }),
  insertDevice: (trx) =>
    devices.insertDevice(trx, {
      public_id: uuid,
      installation_id: "other",
      platform: "ios",
      active: true,
      created_at: now,
      updated_at: now,
      last_seen_at: now,
    }),
  lockDevice: (trx) => devices.lockDevice(trx, "installation1"),
  changeDevice: (trx) => devices.changeDevice(trx, deviceId, { active: false }),
  listDevicesOf: (trx) => devices.listDevicesOf(trx, userId, page),
  findDevice: (trx) => devices.findDevice(trx, deviceId),
  forgetTrust: (trx) => devices.forgetTrust(trx, { sessionId: "5", userId }),
  findOwnDevice: (trx) => devices.findOwnDevice(trx, { userId, installationId: "installation-1" }),
  findDeviceIdsOf: (trx) => devices.findDeviceIdsOf(trx, userId),
  lockDeviceOf: (trx) => devices.lockDeviceOf(trx, { id: deviceId, userId }),
};

const pushCalls: CallsOf<typeof pushDevices> = {
  // Only parts of statements, such as these.
  isSignedInOnDevice: (trx) => unusedDevices.deactivateExpired(trx, [deviceId], now),
  isReachable: (trx) => pushDevices.listReachableDevices(trx, { userIds: [userId], now }),
  listReachableDevices: (trx) => pushDevices.listReachableDevices(trx, { userIds: [userId], now }),
  clearDeadTokens: (trx) =>
    pushDevices.clearDeadTokens(trx, [{ deviceId, token: "token50000" }], { now, event: newEvent }),
};

const anyDevice = {
  id: undefined,
  text: undefined,
  userId: undefined,
  platform: undefined,
  pushService: undefined,
  minAppVersion: undefined,
  maxAppVersion: undefined,
  locale: undefined,
  active: undefined,
  muted: undefined,
  lastSeenFrom: undefined,
  lastSeenTo: undefined,
};

const wantedDevices: readonly Partial<DeviceFilter>[] = [
  {},
  { id: uuid },
  { userId: uuid },
  { text: "phone", platform: "ios", pushService: "apns", locale: "en", active: true, muted: false },
  { minAppVersion: ["2", "3"], maxAppVersion: ["9"], lastSeenFrom: new Date(0), lastSeenTo: now },
];

const deviceSearchCalls: CallsOf<typeof deviceSearches> = {
  searchDeviceRows: async (trx) => {
    for (const wanted of wantedDevices) await deviceSearches.searchDeviceRows(trx, { ...anyDevice, ...wanted }, page);
  },
  findEndOfWindow: async (trx) => {
    for (const wanted of wantedDevices) await deviceSearches.findEndOfWindow(trx, { ...anyDevice, ...wanted }, page);
  },
};

const unusedDeviceCalls: CallsOf<typeof unusedDevices> = {
  findUnusedDevices: (trx) => unusedDevices.findUnusedDevices(trx, { after: "50000", limit: 1000, before: now, now }),
  deleteAnonymousDevices: (trx) => unusedDevices.deleteAnonymousDevices(trx, ["50000"], new Date(0)),
  lockActiveDevices: (trx) => unusedDevices.lockActiveDevices(trx, [deviceId]),
  deactivateExpired: (trx) => unusedDevices.deactivateExpired(trx, [deviceId], now),
};

const outboxCalls: CallsOf<typeof outbox> = {
  insertOutboxMessage: (trx) => outbox.insertOutboxMessage(trx, newMessage),
  deleteAllButNewest: (trx) => outbox.deleteAllButNewest(trx, 100_000),
  listOutboxMessages: (trx) => outbox.listOutboxMessages(trx, 100),
  findOutboxMessage: (trx) => outbox.findOutboxMessage(trx, uuid),
  deleteMessagesTo: (trx) => outbox.deleteMessagesTo(trx, [email]),
};

const messageCalls: CallsOf<typeof messages> = {
  listQueuedVersions: (trx) => messages.listQueuedVersions(trx, ["send-mail"]),
  listQueuedMessages: (trx) =>
    messages.listQueuedMessages(trx, { jobs: ["send-mail"], version: 1, limit: 100, exceptIds: [uuid] }),
  replaceQueuedMessages: (trx) =>
    messages.replaceQueuedMessages(trx, ["send-mail"], [{ id: uuid, sealed: "a", resealed: "b" }]),
};

const webhookCalls: CallsOf<typeof webhooks> = {
  lockWebhookCount: (trx) => webhooks.lockWebhookCount(trx),
  insertWebhook: (trx) => webhooks.insertWebhook(trx, newWebhook),
  listWebhookRows: (trx) => webhooks.listWebhookRows(trx, page),
  findWebhook: (trx) => webhooks.findWebhook(trx, uuid),
  lockWebhook: (trx) => webhooks.lockWebhook(trx, uuid),
  changeWebhook: async (trx) => {
    await webhooks.insertWebhook(trx, newWebhook);
    await webhooks.changeWebhook(trx, uuid, { status: "disabled" });
  },
  deleteWebhookRow: (trx) => webhooks.deleteWebhookRow(trx, uuid),
  insertSecret: async (trx) => {
    const { id } = await webhooks.insertWebhook(trx, newWebhook);
    await webhooks.insertSecret(trx, { public_id: uuid, webhook_id: id, secret: digest, created_at: now });
  },
  retireSecret: (trx) => webhooks.retireSecret(trx, "1", now),
  listSigningSecrets: (trx) => webhooks.listSigningSecrets(trx, "1", now),
  deleteExpiredSecrets: (trx) => webhooks.deleteExpiredSecrets(trx, now),
};

const webhookEventCalls: CallsOf<typeof webhookEvents> = {
  listListenedEvents: (trx) => webhookEvents.listListenedEvents(trx),
  lockListeningWebhooks: (trx) => webhookEvents.lockListeningWebhooks(trx, "user.created"),
  insertEvent: (trx) =>
    webhookEvents.insertEvent(trx, {
      event: { public_id: uuid, type: "user.created", payload: digest, created_at: now },
      deliveries: [],
    }),
  deleteEventsBefore: (trx) => webhookEvents.deleteEventsBefore(trx, new Date(0), 1000),
};

const webhookDeliveryCalls: CallsOf<typeof webhookDeliveries> = {
  listDeliveryRows: async (trx) => {
    await webhookDeliveries.listDeliveryRows(trx, { webhookId: "1" }, page);
    await webhookDeliveries.listDeliveryRows(trx, { webhookId: "1", status: "failed" }, page);
  },
  findDueDelivery: (trx) => webhookDeliveries.findDueDelivery(trx, { publicId: uuid, round: 0 }),
  storeAttempt: (trx) => webhookDeliveries.storeAttempt(trx, pendingDelivery, { status: "delivered" }),
  cancelDelivery: (trx) => webhookDeliveries.cancelDelivery(trx, pendingDelivery),
  beginRound: (trx) => webhookDeliveries.beginRound(trx, { webhookId: "1", publicId: uuid }),
  storeSuccess: (trx) => webhookDeliveries.storeSuccess(trx, "1"),
  storeFailure: (trx) => webhookDeliveries.storeFailure(trx, "1", now),
  stopWebhook: (trx) =>
    webhookDeliveries.stopWebhook(trx, { webhookId: "1", status: "paused", failingSince: now, now }),
};

const jobCalls: CallsOf<typeof jobs> = {
  findWaitingJobs: (trx) => jobs.findWaitingJobs(trx, "send-mail"),
  findJobBacklog: (trx) => jobs.findJobBacklog(trx),
};

const doctorCalls: CallsOf<typeof doctor> = {
  findDatabaseFacts: (trx) => doctor.findDatabaseFacts(trx),
  findDatabaseTime: (trx) => doctor.findDatabaseTime(trx),
};

const counterCalls: CallsOf<typeof counters> = {
  openPostgresCounters: async (trx) => {
    const store = counters.openPostgresCounters(trx);
    await store.take([{ key: "counter1", rule: { max: 5, windowSeconds: 60 } }], now);
    await store.settle({ reset: ["counter1"], giveBack: ["counter2"] });
    await store.forgetExpired(new Date(0));
  },
};

const encryptionCalls: CallsOf<typeof encryption> = {
  listColumnVersions: (trx) => encryption.listColumnVersions(trx, sealedColumn),
  listSealedColumn: (trx) =>
    encryption.listSealedColumn(trx, sealedColumn, { version: 2, limit: 100, exceptIds: [uuid] }),
  replaceInColumn: (trx) => encryption.replaceInColumn(trx, sealedColumn, [sealed]),
};

const metricsCalls: CallsOf<typeof metrics> = {
  listAccountDays: (trx) => metrics.listAccountDays(trx, { from: "2030-01-03", to: "2030-02-01" }),
  findNewestDay: (trx) => metrics.findNewestDay(trx),
  findFirstEventTime: (trx) => metrics.findFirstEventTime(trx),
  countAccountDay: (trx) => metrics.countAccountDay(trx, "2030-02-01"),
  deleteActiveAccounts: (trx) => metrics.deleteActiveAccounts(trx, "2030-02-01", 1000),
};

/** The calls of each function of these stores, by the file. */
export const deliveryAndOperationStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "device/push-store.ts": pushCalls,
  "device/search-store.ts": deviceSearchCalls,
  "device/store.ts": deviceCalls,
  "device/unused-store.ts": unusedDeviceCalls,
  "delivery/outbox/store.ts": outboxCalls,
  "delivery/store.ts": messageCalls,
  "webhook/store.ts": webhookCalls,
  "webhook/event-store.ts": webhookEventCalls,
  "webhook/delivery-store.ts": webhookDeliveryCalls,
  "jobs/store.ts": jobCalls,
  "doctor/store.ts": doctorCalls,
  "limits/store.ts": counterCalls,
  "encryption/store.ts": encryptionCalls,
  "metrics/store.ts": metricsCalls,
};
