import { type FastifyTrpcHandler, fastifyTRPCHandler } from "@gatehouse/trpc-fastify";
import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import { getErrorShape } from "@trpc/server/unstable-core-do-not-import";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import superjson from "superjson";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { toGatehouseError, toTrpcError } from "../rpc/error-conversion.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";
import { fromFastifyError, logFailure } from "./failures.ts";
import { variesByOrigin } from "./origins.ts";
import { errorHeaders } from "./problem.ts";
import { bodyLimitOf, decodeUtf8Body, RpcBodyLimits } from "./request-body.ts";
import { createContext } from "./request-info.ts";
import { UncallableCalls } from "./uncallable-calls.ts";
import { acceptFiles, admitUpload } from "./uploads.ts";

/** The path prefix of RPC calls; the client appends it to the server's address. */
const rpcPrefix = "/rpc";

interface RpcOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
}

interface RpcRoute {
  Params: { path: string };
}

/**
 * Mounts the router. Only JSON bodies are accepted, except by procedures that take a file: browsers send forms without a
 * preflight.
 */
export async function addRpcRoutes(app: FastifyInstance, options: RpcOptions): Promise<void> {
  const { deps, router } = options;
  const answer = createHandler(options);
  const uncallable = new UncallableCalls(deps, router);
  const bodyLimits = new RpcBodyLimits(deps.config, router);
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        "application/json",
        { parseAs: "buffer" },
        async (request: FastifyRequest, body: Buffer) => {
          // The scope has only this route, whose type its parsers do not know.
          bodyLimits.refuseLarger((request.params as RpcRoute["Params"]).path, body);
          return decodeUtf8Body(body);
        },
      );
      if (variesByOrigin(deps.config)) tellOriginsApart(scope);
      scope.setErrorHandler((error, request, reply) => {
        const failure = uncallable.countRefused(request, fromFastifyError(error));
        return sendFailure(options, failure, { request, reply });
      });
      scope.route<RpcRoute>({
        method: ["GET", "POST"],
        exposeHeadRoute: false,
        bodyLimit: bodyLimits.largest,
        url: "/:path",
        config: { counts: "procedures" },
        onRequest: refuseUserInHost,
        handler: (request, reply) => {
          const { path } = request.params;
          uncallable.count(request, path);
          return answer(request, reply, encodePath(path));
        },
      });
      for (const upload of listUploads(router))
        scope.register(async (inner) => addUploadRoute(inner, { deps, answer, ...upload }));
    },
    { prefix: rpcPrefix },
  );
}

/** A procedure that takes a file. */
interface Upload {
  readonly path: string;
  readonly meta: ProcedureMeta;
}

function listUploads(router: AnyTRPCRouter): readonly Upload[] {
  const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
  return Object.entries(procedures).flatMap(([path, { _def }]) => {
    const meta = _def.meta as ProcedureMeta | undefined;
    return meta?.upload === undefined ? [] : [{ path, meta }];
  });
}

interface UploadRoute extends Upload {
  readonly deps: Dependencies;
  readonly answer: FastifyTrpcHandler;
}

/** Adds the route of one procedure that takes a file, with a limit and parsers of its own. */
function addUploadRoute(scope: FastifyInstance, { deps, answer, path, meta }: UploadRoute): void {
  acceptFiles(scope, ["application/octet-stream"]);
  scope.addHook("preParsing", admitUpload(deps, meta));
  scope.post(
    `/${path}`,
    { bodyLimit: bodyLimitOf(deps.config, meta), config: { counts: "procedures" }, onRequest: refuseUserInHost },
    (request, reply) => answer(request, reply, path),
  );
}

/** Adds `Origin` to `Vary`, since tRPC replaces the header that CORS has set. */
function tellOriginsApart(scope: FastifyInstance): void {
  // biome-ignore lint/complexity/useMaxParams: the signature is Fastify's
  scope.addHook("onSend", (_request, reply, payload, done) => {
    const vary = String(reply.getHeader("vary") ?? "");
    if (!/\borigin\b/i.test(vary)) reply.header("vary", vary === "" ? "Origin" : `${vary}, Origin`);
    done(null, payload);
  });
}

/** Encodes the path again, since tRPC decodes a path that Fastify has decoded already. Nearly all paths need no encoding. */
function encodePath(path: string): string {
  return path.includes("%") ? encodeURIComponent(path) : path;
}

/** Refuses a `Host` with a user name: it is invalid (RFC 9110, 4.2.4), and tRPC cannot parse it. */
function refuseUserInHost(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (request.headers.host?.includes("@")) {
    throw new GatehouseError("INVALID_REQUEST", { detail: "The Host header is not an address." });
  }
  done();
}

function createHandler({ deps, router }: RpcOptions): FastifyTrpcHandler {
  return fastifyTRPCHandler({
    router,
    maxBatchSize: deps.config.maxBatchSize,
    createContext: ({ req, res, info }) =>
      createContext(deps, { request: req, reply: res, ticket: info.connectionParams?.["ticket"] }),
    onError: ({ error, path, ctx, req }) => {
      // Without a context, tRPC's response would lack the request's id; see sendFailure.
      if (ctx === undefined) throw error;
      logFailure(req.log, toGatehouseError(error), path === undefined ? {} : { procedure: path });
    },
    responseMeta: ({ errors: [first] }) =>
      first === undefined ? {} : { headers: errorHeaders(toGatehouseError(first), "Bearer") },
  });
}

/**
 * Sends a failure from before the call of a procedure in tRPC's form. An address that cannot be parsed fails earlier, in
 * Fastify.
 */
async function sendFailure(
  { deps, router }: RpcOptions,
  failure: GatehouseError,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  logFailure(request.log, failure, {});
  const shape = getErrorShape({
    config: router._def._config,
    error: toTrpcError(failure),
    type: "unknown",
    path: undefined,
    input: undefined,
    ctx: createContext(deps, { request, reply }),
  });
  return reply
    .code(failure.status)
    .headers(errorHeaders(failure, "Bearer"))
    .send({ error: superjson.serialize(shape) });
}
