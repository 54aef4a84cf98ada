import { createURL } from "@trpc/server/adapters/node-http";
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
    this.#url ??= createURL(this.#request);
    return this.#url;
  }
}
