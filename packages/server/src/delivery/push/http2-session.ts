import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";

/** A POST to the origin of a client. */
export interface Http2Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** A response. */
export interface Http2Response {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** At most {@link maxResponseCharacters}; cut off where the peer reset the stream after the headers. */
  readonly body: string;
}

/** Why there is no response. A `withdrawn` request was not sent. After `timeout` and `reset` the peer may have done what was requested. */
type Http2FailureKind = "unreachable" | "timeout" | "reset" | "aborted" | "withdrawn";

/** A request got no response. */
export class Http2Failure extends Error {
  override readonly name = "Http2Failure";
  readonly kind: Http2FailureKind;

  constructor(kind: Http2FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Creates the failure of an aborted request. */
export function abortedFailure(): Http2Failure {
  return new Http2Failure("aborted", "the attempt was aborted");
}

/** A request on its way. */
export interface Exchange {
  readonly request: Http2Request;
  readonly resolve: (response: Http2Response) => void;
  readonly reject: (failure: Http2Failure) => void;
  /** How often a peer has refused the request, and processed no other instead. */
  refusals: number;
}

/** What a session needs to know. */
export interface Http2SessionOptions {
  /** `https:`, or `http:` for HTTP/2 without TLS. */
  readonly origin: string;
  /** Milliseconds for the connection, and for each response. */
  readonly timeoutMillis: number;
  /** Milliseconds without traffic after which the session is closed. */
  readonly idleMillis: number;
  /** The most requests in flight, where the peer allows more. */
  readonly maxStreams: number;
}

/** What a session reports. */
interface SessionEvents {
  /** The session may have room for other requests, or has ended. */
  onChange(): void;
  /** The peer has certainly not processed the request (RFC 9113, 8.7), so another session may send it. */
  onRefused(exchange: Exchange): void;
}

const maxResponseCharacters = 64 * 1024;

/** Milliseconds for the answer to a PING. */
const pingMillis = 2000;

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;

/** One connection, with as many requests in flight as the peer allows. */
export class Http2Session {
  readonly #options: Http2SessionOptions;
  readonly #events: SessionEvents;
  readonly #session: ClientHttp2Session;
  readonly #streams = new Map<Exchange, ClientHttp2Stream>();
  readonly #connecting: NodeJS.Timeout;
  #state: "connecting" | "open" | "draining" | "closed" = "connecting";
  #maxStreams = 0;
  /** The highest stream that the peer may have processed, since its GOAWAY. */
  #lastStreamId = Number.POSITIVE_INFINITY;
  #error: unknown;
  #isPinging = false;

  constructor(options: Http2SessionOptions, events: SessionEvents) {
    this.#options = options;
    this.#events = events;
    this.#session = connect(options.origin, { settings: { enablePush: false } });
    this.#connecting = setTimeout(() => this.#fail(new Error("no connection in time")), options.timeoutMillis);
    this.#session.on("remoteSettings", ({ maxConcurrentStreams = options.maxStreams }) => {
      this.#open(Math.min(Math.max(maxConcurrentStreams, 1), options.maxStreams));
    });
    this.#session.on("goaway", (_code, lastStreamId) => this.#drain(lastStreamId));
    this.#session.on("error", (error) => {
      this.#error = error;
    });
    this.#session.on("close", () => this.#end());
    this.#session.setTimeout(options.idleMillis, () => {
      if (this.#streams.size === 0) this.close();
    });
  }

  get isConnecting(): boolean {
    return this.#state === "connecting";
  }

  /** Whether requests may be sent, now or as soon as it is connected. */
  get isUsable(): boolean {
    return this.#state === "connecting" || this.#state === "open";
  }

  /** Whether the peer has ever greeted. */
  get hasOpened(): boolean {
    return this.#maxStreams > 0;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** How many requests may be sent now. */
  get room(): number {
    return this.#state === "open" ? Math.max(this.#maxStreams - this.#streams.size, 0) : 0;
  }

  /** Why the session ended. */
  get error(): unknown {
    return this.#error;
  }

  /** Sends a request. Call it while there is {@link room}. */
  send(exchange: Exchange): void {
    const stream = this.#tryRequest(exchange);
    if (stream === undefined) {
      exchange.refusals += 1;
      this.#events.onRefused(exchange);
      return;
    }
    this.#streams.set(exchange, stream);
    let status = 0;
    let retryAfter: string | undefined;
    let body = "";
    const timer = setTimeout(() => this.#timeOut(exchange), this.#options.timeoutMillis);
    stream.on("response", (headers) => {
      status = headers[":status"] ?? 0;
      retryAfter = headers["retry-after"];
    });
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      if (body.length < maxResponseCharacters) body += chunk;
    });
    // The close of the stream follows.
    stream.on("error", () => undefined);
    stream.on("close", () => {
      clearTimeout(timer);
      const isAwaited = this.#streams.delete(exchange);
      // Once there is a status, the peer has decided, whatever became of the rest.
      if (status > 0) exchange.resolve({ status, retryAfter, body: body.slice(0, maxResponseCharacters) });
      else if (isAwaited) this.#lose(exchange, stream);
      this.#events.onChange();
    });
    stream.end(exchange.request.body);
  }

  /** Ends the requests that this signal aborts. */
  abort(signal: AbortSignal): void {
    for (const [exchange, stream] of this.#streams) {
      if (exchange.request.signal !== signal) continue;
      exchange.reject(abortedFailure());
      this.#cancel(exchange, stream);
    }
  }

  /** Sends no more requests, and closes the connection after those in flight. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "draining";
    this.#session.close();
  }

  /** Closes the connection now. Requests in flight fail. */
  destroy(): void {
    this.#fail(undefined);
  }

  #tryRequest({ request: { path, headers } }: Exchange): ClientHttp2Stream | undefined {
    try {
      return this.#session.request({ ...headers, ":method": "POST", ":path": path });
    } catch {
      // The session has ended, and will report it.
      this.#state = this.#state === "closed" ? "closed" : "draining";
      return undefined;
    }
  }

  #open(maxStreams: number): void {
    clearTimeout(this.#connecting);
    this.#maxStreams = maxStreams;
    if (this.#state === "connecting") this.#state = "open";
    this.#events.onChange();
  }

  #drain(lastStreamId: number): void {
    this.#lastStreamId = lastStreamId;
    if (this.#state !== "closed") this.#state = "draining";
    this.#events.onChange();
  }

  #fail(error: Error | undefined): void {
    this.#error ??= error;
    this.#session.destroy();
  }

  #end(): void {
    clearTimeout(this.#connecting);
    this.#state = "closed";
    this.#events.onChange();
  }

  #cancel(exchange: Exchange, stream: ClientHttp2Stream): void {
    this.#streams.delete(exchange);
    stream.close(NGHTTP2_CANCEL);
  }

  /** A stream ended without a response. */
  #lose(exchange: Exchange, { id, rstCode }: ClientHttp2Stream): void {
    // Without an id it was never sent.
    const isAfterGoAway = id !== undefined && id > this.#lastStreamId;
    if (isAfterGoAway || id === undefined || rstCode === NGHTTP2_REFUSED_STREAM) {
      // A peer that has processed something before its GOAWAY is no reason to give up.
      if (!isAfterGoAway || this.#lastStreamId === 0) exchange.refusals += 1;
      this.#events.onRefused(exchange);
    } else exchange.reject(new Http2Failure("reset", `the connection or the request was reset (${rstCode})`));
  }

  /** Gives up on a response, and looks whether the connection is dead. */
  #timeOut(exchange: Exchange): void {
    exchange.reject(new Http2Failure("timeout", `no response within ${this.#options.timeoutMillis} ms`));
    const stream = this.#streams.get(exchange);
    if (stream !== undefined) this.#cancel(exchange, stream);
    if (this.#isPinging || this.#session.destroyed) return;
    this.#isPinging = true;
    const timer = setTimeout(() => this.#fail(new Error("no answer to a PING")), pingMillis);
    const isSent = this.#session.ping(() => {
      clearTimeout(timer);
      this.#isPinging = false;
    });
    if (!isSent) clearTimeout(timer);
  }
}
