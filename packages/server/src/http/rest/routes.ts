import { abortSignalOf, callProcedure } from "@gatehouse/trpc-fastify";
import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Dependencies } from "../../dependencies.ts";
import { toGatehouseError } from "../../rpc/error-conversion.ts";
import { fromFastifyError, logFailure } from "../failures.ts";
import { sendProblem } from "../problem.ts";
import { bodyLimitOf } from "../request-body.ts";
import { countRefused } from "../request-count.ts";
import { createContext } from "../request-info.ts";
import { acceptFiles, admitUpload } from "../uploads.ts";
import { createAnnouncement } from "./deprecation.ts";
import { compileInputReader, type InputReader, nameHeaders } from "./input.ts";
import type { Operation } from "./operation.ts";
import { responseSchema } from "./response-schema.ts";

interface RestOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
  readonly operations: readonly Operation[];
}

/** Adds a native route for each operation. */
export function addRestRoutes(app: FastifyInstance, options: RestOptions): void {
  const { deps } = options;
  const { publicUrl } = deps.config;
  // The handler sends the procedures' errors itself; an error here belongs to a request that called no procedure.
  app.setErrorHandler((error, request, reply) => {
    const failure = countRefused(deps, request, fromFastifyError(error));
    logFailure(request.log, failure, {});
    return sendProblem(reply, failure, { publicUrl });
  });
  for (const operation of options.operations) {
    if (operation.upload.length === 0) addRoute(app, options, operation);
    else app.register(async (scope) => addUploadRoute(scope, options, operation));
  }
}

function addUploadRoute(app: FastifyInstance, options: RestOptions, operation: Operation): void {
  acceptFiles(app, [...operation.upload, "application/octet-stream", "multipart/form-data"]);
  app.addHook("preParsing", admitUpload(options.deps, operation.meta));
  addRoute(app, options, operation);
}

function addRoute(app: FastifyInstance, { deps, router }: RestOptions, operation: Operation): void {
  const procedure: AnyTRPCProcedure = router._def.procedures[operation.procedure];
  const { successStatus } = operation;
  const schema = typeof successStatus === "number" ? responseSchema(operation) : undefined;
  const call = { deps, procedure, operation, readInput: compileInputReader(operation) };
  const announce = createAnnouncement(operation);
  app.route({
    method: operation.rest.method,
    url: toFastifyPath(operation.rest.path),
    bodyLimit: bodyLimitOf(deps.config, operation.meta),
    // HEAD calls the procedure too, which must change nothing then.
    exposeHeadRoute: operation.type === "query" && operation.rest.method === "GET",
    config: { counts: "procedures" },
    ...(announce && { onRequest: announce }),
    ...(schema && { schema: { response: { [String(successStatus)]: schema } } }),
    handler: (request, reply) => answer(call, request, reply),
  });
}

interface Call {
  readonly deps: Dependencies;
  readonly procedure: AnyTRPCProcedure;
  readonly operation: Operation;
  readonly readInput: InputReader;
}

async function answer(call: Call, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { operation, deps, readInput } = call;
  let isInputRead = false;
  const getRawInput = async () => {
    const input = readInput(request);
    isInputRead = true;
    return input;
  };
  try {
    const output = await callOperation(call, { request, reply, getRawInput });
    const status = statusOf(operation, output);
    reply.code(status);
    if (status === 204) return reply.send();
    return isObject(output) ? output : sendValue(reply, output);
  } catch (error) {
    // The reader's own errors name fields as they were sent, so only later errors are renamed.
    const failure = isInputRead ? nameHeaders(toGatehouseError(error), operation) : toGatehouseError(error);
    logFailure(request.log, failure, { procedure: operation.procedure });
    const challenge = operation.meta.security === "basic" ? "Basic" : "Bearer";
    return sendProblem(reply, failure, { publicUrl: deps.config.publicUrl, challenge });
  }
}

function statusOf({ procedure, successStatus }: Operation, output: unknown): number {
  if (typeof successStatus === "number") return successStatus;
  const form = typeof output === "object" && output !== null && "status" in output ? String(output.status) : "";
  const status = successStatus.get(form);
  if (status === undefined) throw new Error(`${procedure} has no HTTP status for an output of the status "${form}"`);
  return status;
}

function isObject(output: unknown): boolean {
  return typeof output === "object" && output !== null;
}

/** Sends a bare value as JSON: Fastify would send a text without quotes, and nothing for null. */
function sendValue(reply: FastifyReply, output: unknown): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(output ?? null));
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly getRawInput: () => Promise<unknown>;
}

async function callOperation(
  { procedure, operation, deps }: Call,
  { request, reply, getRawInput }: Exchange,
): Promise<unknown> {
  return await callProcedure(procedure, {
    path: operation.procedure,
    type: operation.type,
    getRawInput,
    ctx: createContext(deps, { request, reply, isMutation: operation.type === "mutation" }),
    signal: abortSignalOf(request, reply),
    batchIndex: 0,
  });
}

/** Converts a path such as `/v1/items/{id}` to Fastify's syntax, where a literal colon is doubled. */
function toFastifyPath(path: string): string {
  return path.replaceAll(":", "::").replaceAll(/\{([^}]+)\}/g, ":$1");
}
