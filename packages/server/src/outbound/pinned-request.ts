import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import type { KeptConnections } from "./kept-connections.ts";

/** A request to a host whose address is known. */
export interface PinnedRequest {
  readonly url: URL;
  /** The only address that the request connects to, whatever the host resolves to by then. */
  readonly address: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** The response is cut off after this many bytes. */
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
  /** Connections to use again. Default: none, and the connection is closed after the response. */
  readonly connections?: KeptConnections | undefined;
}

/** A response, perhaps a redirect: none is followed. */
export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** At most `maxResponseBytes`. */
  readonly body: Buffer;
}

/**
 * Sends a request to the pinned address and through no proxy, over a connection of its own or one of those that are kept. TLS
 * still verifies the host.
 */
export async function requestPinned(request: PinnedRequest): Promise<OutboundResponse> {
  const { url, address, method, headers, body, signal } = request;
  const agent = (await request.connections?.agentFor(url.protocol)) ?? false;
  const options: RequestOptions = { method, headers: { ...headers }, signal, agent, lookup: lookupOf(address) };
  // Loaded for the first request: a start does not need Node's HTTP client.
  const client = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const sent = client.request(url, options);
  const response = receive(sent, request.maxResponseBytes);
  sent.end(body);
  return await response;
}

function lookupOf(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function receive(sent: ClientRequest, maxBytes: number): Promise<OutboundResponse> {
  return new Promise((resolve, reject) => {
    // The listener stays: without one, an error after the response would end the process.
    sent.on("error", reject);
    sent.on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      readAtMost(response, maxBytes).then((body) => resolve({ status, headers, body }), reject);
    });
    // Node reports a receiver that switches protocols neither as a response nor as an error. It would be waited for in vain.
    sent.on("upgrade", ({ statusCode: status = 101, headers }, socket) => {
      socket.destroy();
      resolve({ status, headers, body: Buffer.alloc(0) });
    });
  });
}

/** Reads the body up to the limit, and closes the connection there. */
async function readAtMost(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop destroys the response with its connection.
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
