import type { TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AddressReader } from "./address.ts";
import type { HandlerOptions } from "./options.ts";
import type { ResponseHead } from "./response-head.ts";

/** The parts that read requests. */
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

/** One request that is being answered. */
export interface Exchange extends Arrival {
  readonly options: HandlerOptions;
  readonly info: TRPCRequestInfo;
  readonly head: ResponseHead;
  /** The result of `createContext`; undefined until then, and if it failed. */
  context: unknown;
  /** The error of `createContext`, with which each call of the request fails. */
  contextFailure: TRPCError | undefined;
}
