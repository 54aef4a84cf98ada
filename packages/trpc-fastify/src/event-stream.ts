import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { isTrackedEnvelope } from "@trpc/server";
import { isAbortError } from "@trpc/server/unstable-core-do-not-import";

interface EventStreamOptions {
  /** The values, one event each; those of `tracked()` have an id. */
  readonly values: AsyncIterable<unknown>;
  /** The id of the last event that the client has. */
  readonly lastEventId: string | null;
  /** Sent first; tRPC's clients read their settings from it. */
  readonly clientOptions: object;
  /** The silence after which the client gets a ping; undefined for no pings. */
  readonly pingMillis: number | undefined;
  /** A value as text. May throw. */
  readonly serialize: (value: unknown) => string;
  /** Returns the text for an error of the values or their serialisation, and reports the error. */
  readonly describeFailure: (cause: unknown) => string;
}

interface ServerSentEvent {
  readonly event?: string;
  readonly data: string;
  readonly id?: string;
}

/** The next value is not pulled while this many bytes are unread. */
const highWaterMark = 16 * 1024;

const ping = "event: ping\ndata: \n\n\n";

/**
 * Writes a subscription's events as tRPC does (server-sent events of the HTML standard). It pulls a value only after
 * the client has read the earlier ones, so nothing piles up for a client that does not read. It cuts off a client that
 * reads nothing for a whole interval between pings.
 *
 * Thousands of streams are open and idle at once, so each holds little: no web streams, which take 50 KB each, no listeners
 * of Node's pipe, and no more of the request than its values and the report of a failure need.
 */
export class EventStream extends Readable {
  readonly #options: EventStreamOptions;
  readonly #values: AsyncIterator<unknown>;
  readonly #ping: NodeJS.Timeout | undefined;
  #lastEventId: string | null;
  #isWaiting = false;
  /** The response that {@link pipe} was called with. */
  #response: ServerResponse | undefined;

  constructor(options: EventStreamOptions) {
    super({ highWaterMark });
    this.#options = options;
    this.#values = options.values[Symbol.asyncIterator]();
    // An id with these characters cannot be sent back.
    this.#lastEventId = options.lastEventId && !/[\0\n\r]/.test(options.lastEventId) ? options.lastEventId : null;
    if (options.pingMillis !== undefined) this.#ping = setTimeout(() => this.#giveSignOfLife(), options.pingMillis);
    this.#tell({ event: "connected", data: JSON.stringify(options.clientOptions) });
  }

  override pipe<Target extends NodeJS.WritableStream>(target: Target, options?: { end?: boolean }): Target {
    if (isResponse(target) && options?.end !== false) this.#writeTo(target);
    else super.pipe(target, options);
    return target;
  }

  /** Fastify destroys this stream if the response closes or fails, so nothing here has to listen for that. */
  #writeTo(response: ServerResponse): void {
    // Written with a body, Node would keep the many pieces of the head's text until the response ends: 2.6 KB.
    response.flushHeaders();
    this.#response = response;
    this.on("data", (chunk) => void (response.write(chunk) || this.pause()));
    this.on("end", () => response.end());
    response.on("drain", () => this.resume());
  }

  override _read(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#values.next().then(
      (result) => this.#take(result),
      (cause) => this.#fail(cause),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#ping);
    this.#leave();
    done(error);
  }

  #take({ done, value }: IteratorResult<unknown>): void {
    this.#isWaiting = false;
    if (this.destroyed) return;
    if (done === true) {
      this.#end({ event: "return", data: "" });
      return;
    }
    try {
      this.#tellValue(value);
    } catch (cause) {
      this.#leave();
      this.#fail(cause);
    }
  }

  #tellValue(value: unknown): void {
    if (isTrackedEnvelope(value)) {
      const [id, data] = value;
      this.#tell({ data: this.#options.serialize(data), id });
      this.#lastEventId = id;
      return;
    }
    const data = this.#options.serialize(value);
    if (this.#lastEventId === null) {
      this.#tell({ data });
      return;
    }
    // For an event without an id, an `EventSource` reports the last id. So this event clears the id, and the next one
    // restores it.
    this.#tell({ data, id: "" });
    this.#tell({ event: "restore-id", data: "", id: this.#lastEventId });
  }

  /** An aborted stream ends without an event, so that the client reconnects. */
  #fail(cause: unknown): void {
    if (this.destroyed) return;
    try {
      this.#end(
        isAbortError(cause) ? undefined : { event: "serialized-error", data: this.#options.describeFailure(cause) },
      );
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error("a failure could not be described", { cause: error }));
    }
  }

  #end(event?: ServerSentEvent): void {
    clearTimeout(this.#ping);
    if (event !== undefined) this.#tell(event);
    this.push(null);
  }

  #giveSignOfLife(): void {
    if (this.readableLength > 0) this.destroy();
    else if (this.#response === undefined || this.isPaused()) this.#write(ping);
    else this.#pingDirectly(this.#response);
  }

  /** Writes a ping past the stream's own buffer: an idle stream does little else than ping. */
  #pingDirectly(response: ServerResponse): void {
    this.#ping?.refresh();
    if (!response.write(ping)) this.pause();
  }

  #tell({ event, data, id }: ServerSentEvent): void {
    const lines = [
      event === undefined ? "" : `event: ${event}\n`,
      `data: ${data}\n`,
      id === undefined ? "" : `id: ${id}\n`,
    ];
    this.#write(`${lines.join("")}\n\n`);
  }

  #write(text: string): void {
    this.#ping?.refresh();
    this.push(text);
  }

  /** Releases the source of the values, and ignores its errors. */
  #leave(): void {
    this.#values.return?.().catch(() => undefined);
  }
}

/** An import of the class would load all of `node:http`, with the HTTP client that a server does not need. */
function isResponse(target: NodeJS.WritableStream): target is ServerResponse {
  return "flushHeaders" in target;
}
