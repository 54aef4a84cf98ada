import {
  abortedFailure,
  type Exchange,
  Http2Failure,
  type Http2Request,
  type Http2Response,
  Http2Session,
  type Http2SessionOptions,
} from "./http2-session.ts";

/** The options of a client. */
export interface Http2ClientOptions
  extends Pick<Http2SessionOptions, "origin" | "timeoutMillis">,
    Partial<Pick<Http2SessionOptions, "idleMillis" | "maxStreams">> {
  /** The most connections at a time; another one is opened when the others have no room. Default 4. */
  readonly maxSessions?: number;
}

/** How often a request is sent again that peers refuse without a reason. */
const maxRefusals = 4;

/** Milliseconds to wait after a failed connection, while other connections work. */
const reconnectMillis = 1000;

/**
 * Sends requests to one origin over HTTP/2. A few connections carry many requests each, up to the peer's
 * `SETTINGS_MAX_CONCURRENT_STREAMS`; further requests wait. After a GOAWAY, requests that the peer has not processed go over
 * another connection, and the others end as the peer decides. Nothing that a peer may have processed is sent again.
 */
export class Http2Client {
  readonly #options: Required<Http2ClientOptions>;
  readonly #sessions = new Set<Http2Session>();
  readonly #signals = new WeakSet<AbortSignal>();
  #queue: Exchange[] = [];
  #mayConnectAt = 0;
  #isClosed = false;

  constructor(options: Http2ClientOptions) {
    this.#options = { maxSessions: 4, maxStreams: 1000, idleMillis: 5 * 60_000, ...options };
  }

  /** Connections now, for tests. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Rejects with {@link Http2Failure}. */
  request(request: Http2Request): Promise<Http2Response> {
    return new Promise((resolve, reject) => {
      if (request.signal.aborted) return reject(abortedFailure());
      if (this.#isClosed) return reject(new Http2Failure("unreachable", "the client is closed"));
      this.#listen(request.signal);
      this.#queue.push({ request, resolve, reject, refusals: 0 });
      this.#dispatch();
    });
  }

  /** Takes back the requests that wait. Those in flight go on. */
  withdraw(): void {
    this.#rejectWaiting(new Http2Failure("withdrawn", "the request was taken back"));
  }

  /** Closes the connections now. Requests in flight and waiting ones fail. */
  close(): void {
    this.#isClosed = true;
    this.#rejectWaiting(new Http2Failure("unreachable", "the client is closed"));
    for (const session of this.#sessions) session.destroy();
  }

  /** Listens once for each signal: a batch of thousands of requests has one. */
  #listen(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    signal.addEventListener("abort", () => this.#abort(signal), { once: true });
  }

  #abort(signal: AbortSignal): void {
    const dropped = this.#queue.filter(({ request }) => request.signal === signal);
    this.#queue = this.#queue.filter(({ request }) => request.signal !== signal);
    for (const { reject } of dropped) reject(abortedFailure());
    for (const session of this.#sessions) session.abort(signal);
  }

  #dispatch(): void {
    for (const session of this.#sessions) {
      if (this.#queue.length === 0) return;
      const next = this.#queue.splice(0, session.room);
      for (const exchange of next) session.send(exchange);
    }
    if (this.#queue.length > 0) this.#connect();
  }

  /** Opens another connection, unless one is being opened or there are enough. */
  #connect(): void {
    const usable = [...this.#sessions].filter(({ isUsable }) => isUsable);
    if (usable.some(({ isConnecting }) => isConnecting) || usable.length >= this.#options.maxSessions) return;
    if (usable.length > 0 && performance.now() < this.#mayConnectAt) return;
    const session: Http2Session = new Http2Session(this.#options, {
      onChange: () => this.#onChange(session),
      onRefused: (exchange) => this.#onRefused(exchange),
    });
    this.#sessions.add(session);
  }

  #onChange(session: Http2Session): void {
    if (session.isClosed && this.#sessions.delete(session) && !session.hasOpened) this.#onUnreachable(session.error);
    if (!this.#isClosed) this.#dispatch();
  }

  /** A connection could not be made. */
  #onUnreachable(cause: unknown): void {
    this.#mayConnectAt = performance.now() + reconnectMillis;
    if ([...this.#sessions].some(({ isUsable }) => isUsable)) return;
    this.#rejectWaiting(new Http2Failure("unreachable", `cannot be reached${codeOf(cause)}`, { cause }));
  }

  #onRefused(exchange: Exchange): void {
    if (exchange.refusals > maxRefusals || this.#isClosed) {
      exchange.reject(new Http2Failure("reset", "the peer refused the request unprocessed, repeatedly"));
    } else this.#queue.unshift(exchange);
  }

  #rejectWaiting(failure: Http2Failure): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const { reject } of waiting) reject(failure);
  }
}

/** Node's code of a failure, such as `ECONNREFUSED`. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  return "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : ` (${cause.message})`;
}
