import type { TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AddressReader } from "./address.ts";
import type { HandlerOptions } from "./options.ts";
import type { ResponseHead } from "./response-head.ts";

/** What requests are read with. */
export interface Source {
  readonly options: HandlerOptions;
  readonly addresses: AddressReader;
}

/** One request as it came. */
export interface Arrival {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: string;
}

/** One request on its way to an answer. */
export interface Exchange extends Arrival {
  readonly options: HandlerOptions;
  readonly info: TRPCRequestInfo;
  readonly head: ResponseHead;
  /** What `createContext` made; undefined until then, and where it failed. */
  context: unknown;
  /** Why there is no context: each call of the request fails with it. */
  contextFailure: TRPCError | undefined;
}
