import {
  createServer,
  type IncomingMessage,
  maxHeaderSize,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { createClientAddress } from "./client-address.ts";
import { Connections } from "./connections.ts";
import { endWithProblem } from "./problem.ts";
import { countRefused } from "./request-count.ts";
import { createRequestId } from "./request-info.ts";
import { securityHeaders } from "./security-headers.ts";

/** How often connections are looked at for requests that take too long to arrive, in milliseconds. */
const connectionsCheckingMillis = 1000;

/** For how long a connection without a request stays open, in milliseconds: longer than the usual proxies keep theirs. */
const keepAliveMillis = 72_000;

/** The largest address and headers of a request together, in bytes: Node's own limit. */
export const maxHeaderBytes = maxHeaderSize;

type ServerDeps = Pick<Dependencies, "config" | "clock" | "log" | "limits">;

/**
 * Returns a function that makes Node's HTTP server around a handler of requests; Fastify makes one for each address that it
 * listens on. Connections are bounded by {@link Connections}, and what Node would refuse by itself is a problem document too.
 */
export function createNodeServers(deps: ServerDeps): (handle: RequestListener) => Server {
  const requestTimeout = deps.config.requestTimeoutSeconds * 1000;
  const connections = new Connections(deps);
  const refuse = createRefusal(deps);
  return (handle) => {
    const server = createServer(
      {
        requestTimeout,
        headersTimeout: requestTimeout,
        keepAliveTimeout: keepAliveMillis,
        connectionsCheckingInterval: connectionsCheckingMillis,
        // Node would refuse with an empty answer.
        requireHostHeader: false,
      },
      (request, response) => {
        if (!connections.admit(request, response)) return;
        if (isWithoutHost(request))
          refuse(request, response, new GatehouseError("INVALID_REQUEST", { detail: noHost }));
        else handle(request, response);
      },
    );
    server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
      if (connections.admit(request, response)) refuse(request, response, new GatehouseError("EXPECTATION_FAILED"));
    });
    connections.watch(server);
    return server;
  };
}

const noHost = "The Host header is missing.";

/** HTTP/1.0 has none (RFC 9112, 3.2). */
function isWithoutHost({ headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return headers.host === undefined && (httpVersionMajor > 1 || httpVersionMinor > 0);
}

/** Answers what Fastify never sees, counts it and logs it. The connection ends, for a body may follow that nobody reads. */
function createRefusal(deps: ServerDeps) {
  const { config, log } = deps;
  const headers = securityHeaders(config);
  const idOf = createRequestId(config.trustedProxies);
  const addressOf = createClientAddress(config.trustedProxies);
  return (request: IncomingMessage, response: ServerResponse, refusal: GatehouseError): void => {
    const [requestId, clientAddress] = [idOf(request), addressOf(request)];
    const error = countRefused(deps, { clientAddress }, refusal);
    const path = request.url?.split("?", 1)[0];
    log.info({ requestId, method: request.method, path, status: error.status, ip: clientAddress }, "request");
    endWithProblem(response, error, { headers, publicUrl: config.publicUrl, requestId });
  };
}
