import { TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { FastifyRequest } from "fastify";

type Fields = Pick<TRPCRequestInfo, "isBatchCall" | "calls" | "type" | "signal"> &
  Partial<Pick<TRPCRequestInfo, "connectionParams">>;

/** tRPC's data about a request before it makes a context. */
export class RequestInfo implements TRPCRequestInfo {
  readonly isBatchCall: boolean;
  readonly accept = null;
  readonly calls: TRPCRequestInfo["calls"];
  readonly type: TRPCRequestInfo["type"];
  readonly connectionParams: TRPCRequestInfo["connectionParams"];
  readonly signal: AbortSignal;
  readonly #request: FastifyRequest["raw"];
  #url: URL | undefined;

  constructor(request: FastifyRequest["raw"], { isBatchCall, calls, type, signal, connectionParams = null }: Fields) {
    this.isBatchCall = isBatchCall;
    this.calls = calls;
    this.type = type;
    this.signal = signal;
    this.connectionParams = connectionParams;
    this.#request = request;
  }

  /** Made only when it is first read, since few apps read it and it takes an eighth of the time of a call. */
  get url(): URL {
    this.#url ??= toUrl(this.#request);
    return this.#url;
  }
}

/** The address as tRPC reads it. tRPC's own function would load Node's HTTP client. Throws `BAD_REQUEST`. */
function toUrl({ headers, socket, url = "" }: FastifyRequest["raw"]): URL {
  try {
    const isEncrypted = headers[":scheme"] === "https" || ("encrypted" in socket && socket.encrypted === true);
    const host = headers.host ?? headers[":authority"] ?? "localhost";
    return new URL(url, `${isEncrypted ? "https:" : "http:"}//${String(host)}`);
  } catch (cause) {
    throw new TRPCError({ code: "BAD_REQUEST", message: "Invalid URL", cause });
  }
}
