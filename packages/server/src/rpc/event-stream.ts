import { type TrackedEnvelope, tracked } from "@trpc/server";
import { z } from "zod";

/** An event as services tell it. */
interface IdentifiedEvent<Event> {
  /** By it a reader can resume: the server gets it back as `lastEventId`. */
  readonly id: string;
  readonly event: Event;
}

/** The output of a subscription whose events are of this schema: each is stripped to it, and sent with its id. */
export function eventStream<Schema extends z.ZodType>(schema: Schema) {
  // zod cannot look into what is still to come, so the types are stated here.
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
