import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { JobQueue } from "../jobs/queue.ts";
import { webhookDeliveryJob } from "./delivery-job.ts";
import { insertEvent, lockListeningWebhooks } from "./event-store.ts";
import { type EventType, eventSchemas, type PublishedEvent } from "./event-types.ts";
import type { ListenedEvents } from "./listened-events.ts";
import { eventPayloadContext } from "./sealed.ts";

/** What publishing an event needs. */
export interface EventDeps {
  /** Events about users have the addresses of their pictures. */
  readonly config: Pick<Config, "publicUrl">;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly jobs: JobQueue;
  readonly listenedEvents: Pick<ListenedEvents, "mayListen">;
}

/**
 * Publishes an event to the webhooks that listen to it, in the transaction that makes the change: the deliveries commit with
 * it. Without a listener it makes no statement.
 */
export async function publishEvent(
  deps: EventDeps,
  trx: DatabaseTransaction,
  { type, data }: PublishedEvent,
): Promise<void> {
  if (!mayBeHeard(deps, type)) return;
  const webhookIds = await lockListeningWebhooks(trx, type);
  if (webhookIds.length === 0) return;
  const [eventId, createdAt] = [deps.random.uuid(), deps.clock.now()];
  const body = JSON.stringify({ type, timestamp: createdAt, data: eventSchemas[type].parse(data) });
  const payload = deps.keyRing.seal(Buffer.from(body), eventPayloadContext(eventId));
  const deliveries = webhookIds.map((webhookId) => ({ publicId: deps.random.uuid(), webhookId }));
  await insertEvent(trx, { event: { public_id: eventId, type, payload, created_at: createdAt }, deliveries });
  for (const { publicId: deliveryId } of deliveries) {
    await deps.jobs.enqueue(trx, webhookDeliveryJob, { deliveryId, round: 0 });
  }
}

/** Whether one of the events may have a listener. Ask it only before reading what the data of an event needs. */
export function mayBeHeard(deps: Pick<EventDeps, "listenedEvents">, ...types: readonly EventType[]): boolean {
  return types.some((type) => deps.listenedEvents.mayListen(type));
}
