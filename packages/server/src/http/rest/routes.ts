import type { AnyTRPCRouter } from "@trpc/server";
import { callTRPCProcedure } from "@trpc/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Dependencies } from "../../dependencies.ts";
import { toGatehouseError } from "../../rpc/error-conversion.ts";
import { logFailure } from "../log-failure.ts";
import { sendProblem } from "../problem.ts";
import { createContext } from "../request-info.ts";
import { compileInputReader, type InputReader } from "./input.ts";
import type { Operation } from "./operation.ts";

interface RestOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
  readonly operations: readonly Operation[];
}

/** Adds a native route for each operation. */
export function addRestRoutes(app: FastifyInstance, options: RestOptions): void {
  for (const operation of options.operations) addRoute(app, options, operation);
}

function addRoute(app: FastifyInstance, options: RestOptions, operation: Operation): void {
  const call = { ...options, operation, readInput: compileInputReader(operation) };
  app.route({
    method: operation.rest.method,
    url: toFastifyPath(operation.rest.path),
    handler: (request, reply) => answer(call, request, reply),
  });
}

interface Call extends RestOptions {
  readonly operation: Operation;
  readonly readInput: InputReader;
}

async function answer(call: Call, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { operation, deps } = call;
  try {
    const output = await callProcedure(call, request);
    const status = statusOf(operation, output);
    reply.code(status);
    return await (status === 204 ? reply.send() : reply.send(output));
  } catch (error) {
    const failure = toGatehouseError(error);
    logFailure(request.log, failure, { procedure: operation.procedure });
    return sendProblem(reply, failure, deps.config.publicUrl, operation.meta.security === "basic" ? "Basic" : "Bearer");
  }
}

function statusOf({ procedure, successStatus }: Operation, output: unknown): number {
  if (typeof successStatus === "number") return successStatus;
  const form = typeof output === "object" && output !== null && "status" in output ? String(output.status) : "";
  const status = successStatus.get(form);
  if (status === undefined) throw new Error(`${procedure} has no HTTP status for an output of the status "${form}"`);
  return status;
}

async function callProcedure({ router, operation, readInput, deps }: Call, request: FastifyRequest): Promise<unknown> {
  const input = readInput(request);
  return await callTRPCProcedure({
    router,
    path: operation.procedure,
    type: operation.type,
    getRawInput: () => Promise.resolve(input),
    ctx: createContext(deps, request),
    signal: request.signal,
    batchIndex: 0,
  });
}

/** `/v1/items/{id}` as Fastify writes it. */
function toFastifyPath(path: string): string {
  return path.replaceAll(/\{([^}]+)\}/g, ":$1");
}
