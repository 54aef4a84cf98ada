import { tracked } from "@trpc/server";
import { expect, test } from "vitest";
import { z } from "zod";
import { eventStream } from "./event-stream.ts";

interface NamedEvent {
  readonly id: string;
  readonly event: { readonly name: string };
}

type Result = IteratorResult<NamedEvent, undefined>;

/** A source that gives what it is told to, and counts the readers who left. */
class Source implements AsyncIterableIterator<NamedEvent, undefined> {
  left = 0;
  #waiting = Promise.withResolvers<Result>();

  give(result: Result): void {
    this.#waiting.resolve(result);
  }

  async next(): Promise<Result> {
    const result = await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
    return result;
  }

  async return(): Promise<Result> {
    this.left += 1;
    this.give({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function open() {
  const source = new Source();
  return { source, events: eventStream(z.object({ name: z.string().max(5) })).parse(source) };
}

test("an event is stripped to its schema and sent with its id, and the end of the source ends the stream", async () => {
  const { source, events } = open();
  source.give({ done: false, value: { id: "1", event: Object.assign({ name: "Ada" }, { secret: "s" }) } });
  expect(await events.next()).toEqual({ done: false, value: tracked("1", { name: "Ada" }) });
  source.give({ done: true, value: undefined });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test("a reader who leaves while an event is awaited releases the source at once", async () => {
  const { source, events } = open();
  const awaited = events.next();
  await events.return?.();
  expect(source.left).toBe(1);
  expect(await awaited).toEqual({ done: true, value: undefined });
});

test("an event that the schema rejects fails the stream and releases the source", async () => {
  const { source, events } = open();
  source.give({ done: false, value: { id: "1", event: { name: "too long" } } });
  await expect(events.next()).rejects.toThrow(z.ZodError);
  expect(source.left).toBe(1);
});
