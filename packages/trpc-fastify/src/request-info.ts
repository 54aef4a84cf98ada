import { createURL } from "@trpc/server/adapters/node-http";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { FastifyRequest } from "fastify";

type Fields = Pick<TRPCRequestInfo, "isBatchCall" | "calls" | "type" | "signal"> &
  Partial<Pick<TRPCRequestInfo, "connectionParams">>;

/** What tRPC knows of a request before it makes a context. */
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

  /** Made when it is first read: hardly anybody does, and it would take an eighth of the time of a call. */
  get url(): URL {
    this.#url ??= createURL(this.#request);
    return this.#url;
  }
}
