import type { AnyTRPCProcedure } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { FastifyRequest } from "fastify";
import { abortSignalOf } from "./abort-signal.ts";
import { BytesInput, readBytes } from "./bytes-call.ts";
import type { Arrival, Source } from "./exchange.ts";
import { type Inputs, RequestInputs } from "./inputs.ts";
import type { HandlerOptions } from "./options.ts";
import { isPlainCall } from "./plain-call.ts";
import { findProcedures } from "./procedures.ts";
import { readQuery, type TrpcQuery } from "./query.ts";
import { RequestInfo } from "./request-info.ts";

/**
 * Reads the request in tRPC's terms. Returns undefined if the stock handler has to respond: for streams, forms, subscriptions,
 * routers not loaded yet, and requests that tRPC refuses before it makes a context.
 */
export function readDirectRequest({ options, addresses }: Source, arrival: Arrival): RequestInfo | undefined {
  const { request, reply, path } = arrival;
  // A path that is still encoded after Fastify has decoded it names no procedure, or is malformed.
  const bytes = readBytes(request);
  if ((bytes === undefined && !isPlainCall(request)) || path.includes("%")) return undefined;
  const search = addresses.readSearch(request.raw);
  if (search === undefined) return undefined;
  const query = readQuery(search);
  // As in tRPC, bytes are the input of one call, whatever the address says about a batch.
  const isBatchCall = bytes === undefined && query.batch === "1";
  const paths = isBatchCall ? path.split(",") : [path];
  if (query.connectionParams !== null || (isBatchCall && !acceptsBatch(options, paths.length))) return undefined;
  const found = findProcedures(options.router, paths);
  if (found === undefined) return undefined;
  const inputs =
    bytes === undefined
      ? new RequestInputs({
          text: readInputText(request, query),
          batchSize: isBatchCall ? paths.length : undefined,
          transformer: options.router._def._config.transformer.input,
        })
      : new BytesInput(bytes);
  const calls = found.procedures.map((procedure, index) =>
    toCall({ procedure, index, path: paths[index] ?? "", inputs }),
  );
  return new RequestInfo(request.raw, { isBatchCall, calls, type: found.type, signal: abortSignalOf(request, reply) });
}

function acceptsBatch({ allowBatching, batching, maxBatchSize }: HandlerOptions, size: number): boolean {
  if (!(allowBatching ?? batching?.enabled ?? true)) return false;
  return maxBatchSize === undefined || !(size > maxBatchSize);
}

function readInputText({ raw, body }: FastifyRequest, query: TrpcQuery): string | undefined {
  if (raw.method === "GET") return query.input || undefined;
  return typeof body === "string" ? body : undefined;
}

interface CallSource {
  readonly procedure: AnyTRPCProcedure | null;
  readonly index: number;
  readonly path: string;
  readonly inputs: Inputs;
}

function toCall({ procedure, index, path, inputs }: CallSource): TRPCRequestInfo["calls"][number] {
  return {
    batchIndex: index,
    path,
    procedure,
    getRawInput: () => inputs.read(index),
    result: () => inputs.peek(index),
  };
}
