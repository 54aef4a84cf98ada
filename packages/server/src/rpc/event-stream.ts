import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";

/** An event as services emit it. */
interface IdentifiedEvent<Event> {
  /** Lets a subscriber resume: the server gets it back as `lastEventId`. */
  readonly id: string;
  readonly event: Event;
}

/** Returns the output schema of a subscription. Each event is stripped to `schema` and sent with its id. */
export function eventStream<Schema extends z.ZodType>(schema: Schema) {
  // zod cannot check future events, so the types are stated here.
  return z
    .custom<AsyncIterable<IdentifiedEvent<z.input<Schema>>, undefined>>(isAsyncIterable)
    .transform((events) => new TrackedEvents(events, schema));
}

/**
 * The events as tRPC sends them. An async generator would hold its frame and a queue of requests for each open subscription,
 * and would not let a reader leave while an event is awaited.
 */
class TrackedEvents<Schema extends z.ZodType>
  implements AsyncIterableIterator<TrackedEnvelope<z.output<Schema>>, undefined>
{
  readonly #events: AsyncIterator<IdentifiedEvent<z.input<Schema>>, undefined>;
  readonly #schema: Schema;

  constructor(events: AsyncIterable<IdentifiedEvent<z.input<Schema>>, undefined>, schema: Schema) {
    this.#events = events[Symbol.asyncIterator]();
    this.#schema = schema;
  }

  async next(): Promise<IteratorResult<TrackedEnvelope<z.output<Schema>>, undefined>> {
    const { done, value } = await this.#events.next();
    if (done === true) return { done, value };
    try {
      return { done: false, value: tracked(value.id, this.#schema.parse(value.event)) };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
