import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";

const certificates = new URL("../../email/testing/", import.meta.url);

/** What a server does with a request, beside answering it. */
export type Misbehaviour =
  /** Never answers. */
  | "silence"
  /** Resets the request. */
  | "reset"
  /** Says that it has not processed the request. */
  | "refuse"
  /** Closes the connection with everything in flight. */
  | "hang-up"
  /** Sends a GOAWAY after this request, which it does not answer, and closes the connection. */
  | "go-away-in-anger";

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Decides about a request; a promise costs time, so only the first requests should need one. */
export type RequestHandler = (request: ReceivedRequest) => Reply | Misbehaviour | Promise<Reply | Misbehaviour>;

/** How a local push service listens. */
export interface ListenOptions {
  /** Whether it speaks TLS, with the certificate of the mail server's tests. Default no. */
  readonly isSecure?: boolean;
  /** Default 1,000. */
  readonly maxConcurrentStreams?: number;
  /** Requests of a connection after which it sends a GOAWAY, and processes no later ones. Default: none. */
  readonly goAwayAfter?: number;
}

/** A running server. */
export interface Http2TestServer extends AsyncDisposable {
  readonly origin: string;
  /** Connections so far. */
  readonly connections: () => number;
  /** The most requests that were in flight over one connection. */
  readonly maxInFlight: () => number;
  /** PING frames so far. */
  readonly pings: () => number;
}

/** Starts a real HTTP/2 server on this machine. */
export async function startHttp2Server(handle: RequestHandler, options: ListenOptions = {}): Promise<Http2TestServer> {
  const { isSecure = false, maxConcurrentStreams = 1000 } = options;
  const settings = { settings: { maxConcurrentStreams } };
  const server = isSecure ? createSecureServer({ ...settings, ...certificate() }) : createServer(settings);
  const sessions = new Set<ServerHttp2Session>();
  let connections = 0;
  let maxInFlight = 0;
  let pings = 0;
  server.on("session", (session: ServerHttp2Session) => {
    connections += 1;
    sessions.add(session);
    const counts = { inFlight: 0, seen: 0 };
    let isGone = false;
    const processUntilGone: RequestHandler = (request) => {
      if (isGone) return "silence";
      const decision = handle(request);
      isGone = decision === "go-away-in-anger";
      return decision;
    };
    session.on("close", () => sessions.delete(session));
    session.on("error", () => undefined);
    session.on("ping", () => {
      pings += 1;
    });
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      counts.seen += 1;
      counts.inFlight += 1;
      maxInFlight = Math.max(maxInFlight, counts.inFlight);
      stream.on("close", () => {
        counts.inFlight -= 1;
      });
      stream.on("error", () => undefined);
      if (counts.seen === options.goAwayAfter) session.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      if (counts.seen <= (options.goAwayAfter ?? Number.POSITIVE_INFINITY)) receive(stream, headers, processUntilGone);
    });
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${isSecure ? "https://localhost" : "http://127.0.0.1"}:${port}`,
    connections: () => connections,
    maxInFlight: () => maxInFlight,
    pings: () => pings,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function certificate() {
  return {
    cert: readFileSync(new URL("test-only-certificate.pem", certificates)),
    key: readFileSync(new URL("test-only-key.pem", certificates)),
  };
}

function receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, handle: RequestHandler): void {
  let body = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    body += chunk;
  });
  stream.on("end", () => {
    const { ":method": method = "", ":path": path = "" } = headers;
    const decision = handle({ method, path, headers, body });
    if (decision instanceof Promise) decision.then((decided) => act(stream, decided));
    else act(stream, decision);
  });
}

function act(stream: ServerHttp2Stream, decision: Reply | Misbehaviour): void {
  if (stream.destroyed) return;
  switch (decision) {
    case "silence":
      return;
    case "reset":
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    case "refuse":
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    case "hang-up":
      stream.session?.destroy();
      return;
    case "go-away-in-anger":
      stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, stream.id);
      stream.session?.close();
      return;
    default:
      stream.respond({ ":status": decision.status, ...decision.headers });
      stream.end(decision.body);
  }
}
