import { createHash } from "node:crypto";
import type { AuditDeps } from "../audit/call.ts";
import { addSeconds } from "../clock.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { retryMessage } from "../delivery/push/outcome.ts";
import {
  type PushContent,
  type PushMessage,
  type PushOutcome,
  type PushSender,
  type PushService,
  pushServices,
} from "../delivery/push/push-sender.ts";
import { removeDeadTokens } from "../device/dead-tokens.ts";
import type { Logger } from "../logging/logger.ts";
import { leaseSeconds, watchBatch } from "./batch-watch.ts";
import { openContent } from "./content.ts";
import {
  type ClaimedDelivery,
  claimDeliveries,
  lockNotifications,
  type Settlement,
  settleDeliveries,
} from "./ledger-store.ts";
import { retryOutages } from "./outage-retry.ts";
import { pauseService } from "./pause-store.ts";
import { fraction, settleAttempt, settleWithout } from "./settlement.ts";
import { findNotifications, hasOpenNotification } from "./store.ts";

/** What delivering notifications needs. */
export interface DeliverDeps extends AuditDeps {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
  readonly pushSender: Pick<PushSender, "send">;
  readonly log: Logger;
}

/** The most deliveries of a service that one claim takes, of single users and of many each. */
const claimLimit = 500;

/** Batches that a process delivers at once. */
const batchesAtOnce = 4;

/** How a worker stops. */
export interface Stopping {
  /** Nothing more is claimed. */
  readonly stopped: AbortSignal;
  /** What is on its way is broken off, and due again at once. */
  readonly aborted: AbortSignal;
}

/**
 * Delivers all that is due by these services, until nothing is left or the worker stops. Any number of workers may do so at once, and
 * one for each service, so that a slow one keeps the others from nothing.
 */
export async function deliverDue(
  deps: DeliverDeps,
  stopping: Stopping,
  services: readonly PushService[] = pushServices,
): Promise<void> {
  if (!(await hasOpenNotification(deps.db, deps.clock.now()))) return;
  const first = await claim(deps, services);
  if (first.length === 0) return;
  const runners = Array.from({ length: batchesAtOnce }, (_, index) =>
    deliverBatches(deps, stopping, { services, first: index === 0 ? first : [] }),
  );
  const failed = (await Promise.allSettled(runners)).find((runner) => runner.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** What one of several runners does. */
interface Run {
  readonly services: readonly PushService[];
  /** What is claimed for it. */
  readonly first: readonly ClaimedDelivery[];
}

async function deliverBatches(deps: DeliverDeps, stopping: Stopping, { services, first }: Run): Promise<void> {
  if (first.length > 0) await deliverBatch(deps, first, stopping.aborted);
  while (!stopping.stopped.aborted) {
    const batch = await claim(deps, services);
    if (batch.length === 0) return;
    await deliverBatch(deps, batch, stopping.aborted);
  }
}

async function claim(
  { db, clock }: DeliverDeps,
  services: readonly PushService[],
): Promise<readonly ClaimedDelivery[]> {
  const now = clock.now();
  const request = { now, leaseUntil: addSeconds(now, leaseSeconds), limit: claimLimit, services };
  return await inTransaction(db, (trx) => claimDeliveries(trx, request));
}

/** Sends what may be sent of claimed deliveries, and settles them all. */
async function deliverBatch(deps: DeliverDeps, batch: readonly ClaimedDelivery[], aborted: AbortSignal): Promise<void> {
  const { sendable, settled } = await sortBatch(deps, batch);
  const outcome = { settled, ...(await attempt(deps, sendable, aborted)) };
  // What services have accepted would be sent again if nobody wrote it down.
  await retryOutages(() => store(deps, outcome), aborted);
}

async function attempt(deps: DeliverDeps, sendable: readonly Sendable[], aborted: AbortSignal): Promise<Attempted> {
  if (sendable.length === 0) return { attempts: [], isAborted: false };
  // It ends before the deliveries are settled, whose lease it would extend.
  await using watch = watchBatch(deps, { claims: sendable.map(({ delivery }) => delivery), aborted });
  const messages = sendable.map(({ message }) => message);
  const outcomes = await sendAll(deps, messages, watch.signal);
  const attempts = sendable.flatMap((one, index) => {
    const outcome = outcomes[index];
    // A sender that returns too few outcomes leaves the others to the end of their lease.
    return outcome === undefined ? [] : [{ ...one, outcome }];
  });
  return { attempts, isAborted: watch.signal.aborted };
}

/** A sender that fails uses up an attempt of each message, or one that no sender can bear would have the others sent for ever. */
async function sendAll(
  { pushSender, log }: DeliverDeps,
  messages: readonly PushMessage[],
  signal: AbortSignal,
): Promise<readonly PushOutcome[]> {
  try {
    return await pushSender.send(messages, signal);
  } catch (err) {
    log.error({ err }, "sending a batch of notifications failed, it is tried again");
    return messages.map(() => retryMessage("sending failed"));
  }
}

interface Attempted {
  readonly attempts: readonly Attempt[];
  readonly isAborted: boolean;
}

/** A delivery with its message. */
interface Sendable {
  readonly delivery: ClaimedDelivery;
  readonly message: PushMessage;
  readonly expiresAt: Date;
}

interface SortedBatch {
  readonly sendable: readonly Sendable[];
  readonly settled: readonly Settlement[];
}

async function sortBatch(deps: DeliverDeps, batch: readonly ClaimedDelivery[]): Promise<SortedBatch> {
  const now = deps.clock.now();
  const found = await findNotifications(deps.db, [...new Set(batch.map((delivery) => delivery.notification_id))]);
  const notifications = new Map(found.map((row) => [row.id, row]));
  const contents = new Map(found.map((row) => [row.id, row.expires_at <= now ? undefined : tryContentOf(deps, row)]));
  const sendable: Sendable[] = [];
  const settled: Settlement[] = [];
  for (const delivery of batch) {
    const notification = notifications.get(delivery.notification_id);
    const { obstacle, push_token: token, device_public_id: deviceId, push_token_set_at: tokenSince } = delivery;
    if (notification === undefined || notification.status === "canceled") {
      settled.push(settleWithout(delivery, "dropped", { reason: "canceled", now }));
    } else if (notification.expires_at <= now) {
      settled.push(settleWithout(delivery, "dropped", { reason: "expired", now }));
    } else if (obstacle !== null || token === null || deviceId === null || tokenSince === null) {
      settled.push(settleWithout(delivery, "suppressed", { reason: obstacle ?? "no_token", now }));
    } else {
      const content = contents.get(notification.id);
      // It stays until the end of its lease, like everything that cannot be done now.
      if (content === undefined) continue;
      const id = messageIdOf(notification.public_id, deviceId);
      const message = { id, target: { service: delivery.service, token, tokenSince }, content };
      sendable.push({ delivery, message, expiresAt: notification.expires_at });
    }
  }
  return { sendable, settled };
}

type StoredNotification = Awaited<ReturnType<typeof findNotifications>>[number];

/** Returns `undefined` if it cannot be opened, such as without its key, so that it holds up no other notification. */
function tryContentOf(deps: DeliverDeps, row: StoredNotification): PushContent | undefined {
  try {
    return contentOf(deps, row);
  } catch (err) {
    deps.log.error({ err, notificationId: row.public_id }, "what a notification says cannot be opened");
    return undefined;
  }
}

function contentOf(deps: DeliverDeps, row: StoredNotification): PushContent {
  const { imageUrl, link, collapseKey, ...message } = openContent(deps, row).message;
  return {
    ...message,
    expiresAt: row.expires_at,
    ...(imageUrl === null ? {} : { imageUrl }),
    ...(link === null ? {} : { link }),
    ...(collapseKey === null ? {} : { collapseKey }),
  };
}

/** A UUID of version 8 (RFC 9562) that is the same for every attempt. */
function messageIdOf(notificationId: string, deviceId: string): string {
  const bytes = createHash("sha256").update(`${notificationId}:${deviceId}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

type Attempt = Sendable & { readonly outcome: PushOutcome };

interface BatchOutcome extends Attempted {
  readonly settled: readonly Settlement[];
}

/** Stores what became of a batch in one transaction: deliveries, counts, dead tokens and pauses of services. */
async function store(deps: DeliverDeps, { settled, attempts, isAborted }: BatchOutcome): Promise<void> {
  const { db, clock, random } = deps;
  const settlements = [
    ...settled,
    ...attempts.map(({ delivery, outcome, expiresAt }) =>
      settleAttempt(delivery, outcome, { clock, random, expiresAt, isAborted }),
    ),
  ];
  const deadTokens = attempts.flatMap(({ delivery, message, outcome }) =>
    outcome.status === "dead_token" ? [{ deviceId: delivery.device_id, token: message.target.token }] : [],
  );
  await inRetriedTransaction(db, async (trx) => {
    const ids = [...new Set(settlements.map((settlement) => settlement.notification_id))];
    await lockNotifications(trx, ids);
    await settleDeliveries(trx, settlements, clock.now());
    await removeDeadTokens({ ...deps, db: trx }, deadTokens);
    if (!isAborted) for (const pause of pausesOf(deps, attempts)) await pauseService(trx, pause);
  });
}

/** The first pause of a service that cannot be reached or is overloaded, in milliseconds, and the longest. */
const pauseMillis = { first: 2000, max: 5 * 60 * 1000, memory: 10 * 60 * 1000, maxAsked: 60 * 60 * 1000 } as const;

/** One pause for each service that asked to wait, in one order. */
function pausesOf({ clock, random, log }: DeliverDeps, attempts: readonly Attempt[]) {
  const asked = new Map<PushMessage["target"]["service"], number>();
  for (const { message, outcome } of attempts) {
    if (outcome.status !== "retry" || outcome.scope !== "service") continue;
    const { service } = message.target;
    asked.set(service, Math.max(asked.get(service) ?? 0, outcome.afterMillis ?? 0));
  }
  return [...asked]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, millis]) => {
      log.warn({ service, askedMillis: millis }, "a push service asks to wait");
      return {
        service,
        now: clock.now(),
        askedMillis: Math.min(millis, pauseMillis.maxAsked),
        firstMillis: pauseMillis.first * (1 + fraction(random)),
        maxMillis: pauseMillis.max,
        memoryMillis: pauseMillis.memory,
      };
    });
}
