import * as fanOut from "../../../packages/server/src/notification/fan-out-store.ts";
import * as ledger from "../../../packages/server/src/notification/ledger-store.ts";
import * as partitions from "../../../packages/server/src/notification/partition-store.ts";
import * as pauses from "../../../packages/server/src/notification/pause-store.ts";
import * as notifications from "../../../packages/server/src/notification/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { deviceId, now, page, sealed, uuid } from "./samples.ts";

/** One that `fillTables` stored with deliveries. */
const notificationId = "50000";

const delivery = { notification_id: notificationId, device_id: deviceId, day: "2030-02-01", claims: 0 };

const newNotification = {
  public_id: uuid,
  sender_id: uuid,
  idempotency_key: "key",
  content: sealed.sealed,
  is_bulk: true,
  status: "sending" as const,
  created_at: now,
  send_at: now,
  expires_at: now,
};

const step = {
  notification: { id: notificationId, fan_out_cursor: "50000", is_bulk: true },
  except: [uuid],
  day: "2030-02-01",
  limit: 1000,
  now,
};

const segment = {
  kind: "segment" as const,
  platform: "ios",
  minAppVersion: "2.3",
  maxAppVersion: "3",
  locale: "es",
  lastSeenSince: now.toISOString(),
};

const notificationCalls: CallsOf<typeof notifications> = {
  insertNotification: (trx) => notifications.insertNotification(trx, newNotification),
  findNotificationByKey: (trx) => notifications.findNotificationByKey(trx, { senderId: uuid, key: "key" }),
  findNotification: (trx) => notifications.findNotification(trx, uuid),
  listNotificationRows: (trx) => notifications.listNotificationRows(trx, page),
  findNotifications: (trx) => notifications.findNotifications(trx, ["1", "2"]),
  hasOpenNotification: (trx) => notifications.hasOpenNotification(trx, now),
  listCanceled: (trx) => notifications.listCanceled(trx, ["1", "2"]),
  cancelRow: (trx) => notifications.cancelRow(trx, uuid, now),
  deleteNotificationsBefore: (trx) => notifications.deleteNotificationsBefore(trx, new Date("2030-01-02"), 1000),
};

const fanOutCalls: CallsOf<typeof fanOut> = {
  lockNextFanOut: (trx) => fanOut.lockNextFanOut(trx, { now, except: ["1"] }),
  insertNextDeliveries: async (trx) => {
    for (const audience of [
      { kind: "users" as const, ids: [uuid] },
      { kind: "devices" as const, ids: [uuid] },
      { kind: "group" as const, id: uuid },
      segment,
      { kind: "everyone" as const },
    ]) {
      await fanOut.insertNextDeliveries(trx, { ...step, audience });
    }
  },
  endFanOut: (trx) => fanOut.endFanOut(trx, notificationId, now),
};

const ledgerCalls: CallsOf<typeof ledger> = {
  claimDeliveries: (trx) => ledger.claimDeliveries(trx, { now, leaseUntil: now, limit: 500 }),
  extendLease: (trx) => ledger.extendLease(trx, [delivery], now),
  lockNotifications: (trx) => ledger.lockNotifications(trx, [notificationId]),
  settleDeliveries: (trx) =>
    ledger.settleDeliveries(
      trx,
      [{ ...delivery, service: "apns", state: "sent", reason: null, due_at: now, failures: 0 }],
      now,
    ),
};

const pauseCalls: CallsOf<typeof pauses> = {
  pauseService: (trx) =>
    pauses.pauseService(trx, {
      service: "fcm",
      now,
      askedMillis: 0,
      firstMillis: 1000,
      maxMillis: 10_000,
      memoryMillis: 1000,
    }),
};

const partitionCalls: CallsOf<typeof partitions> = {
  createPartition: (trx) => partitions.createPartition(trx, "2041-01-01"),
  listDefaultMonths: (trx) => partitions.listDefaultMonths(trx),
  listPartitionMonths: (trx) => partitions.listPartitionMonths(trx),
  dropPartition: (trx) => partitions.dropPartition(trx, "2041-01-01"),
};

/** The calls of each function of these stores, by the file. */
export const notificationStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "notification/store.ts": notificationCalls,
  "notification/fan-out-store.ts": fanOutCalls,
  "notification/ledger-store.ts": ledgerCalls,
  "notification/pause-store.ts": pauseCalls,
  "notification/partition-store.ts": partitionCalls,
};
