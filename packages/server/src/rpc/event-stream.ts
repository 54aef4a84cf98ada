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
    .transform((events) => trackEvents(events, schema));
}

async function* trackEvents<Schema extends z.ZodType>(
  events: AsyncIterable<IdentifiedEvent<z.input<Schema>>>,
  schema: Schema,
): AsyncGenerator<TrackedEnvelope<z.output<Schema>>, undefined> {
  for await (const { id, event } of events) yield tracked(id, schema.parse(event));
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
