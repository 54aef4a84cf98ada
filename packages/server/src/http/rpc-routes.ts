import { type FastifyTrpcHandler, fastifyTRPCHandler } from "@gatehouse/trpc-fastify";
import type { AnyTRPCRouter } from "@trpc/server";
import { getErrorShape } from "@trpc/server/unstable-core-do-not-import";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import superjson from "superjson";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { toGatehouseError, toTrpcError } from "../rpc/error-conversion.ts";
import { fromFastifyError, logFailure } from "./failures.ts";
import { errorHeaders } from "./problem.ts";
import { decodeUtf8Body, RpcBodyLimits } from "./request-body.ts";
import { createContext } from "./request-info.ts";
import { isOpenToAll } from "./security-headers.ts";
import { UncallableCalls } from "./uncallable-calls.ts";

/** Where the procedures are called over RPC; the client appends it to the server's address. */
const rpcPrefix = "/rpc";

interface RpcOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
}

interface RpcRoute {
  Params: { path: string };
}

/** Mounts the router. Bodies are JSON: nothing takes another type, and a form would come without a CORS preflight. */
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
          // The scope has one route; parsers do not know its type.
          bodyLimits.refuseLarger((request.params as RpcRoute["Params"]).path, body);
          return decodeUtf8Body(body);
        },
      );
      if (!isOpenToAll(deps.config)) tellOriginsApart(scope);
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
    },
    { prefix: rpcPrefix },
  );
}

/** tRPC says by itself what its answers vary by, in the place of what CORS has said. */
function tellOriginsApart(scope: FastifyInstance): void {
  // biome-ignore lint/complexity/useMaxParams: the signature is Fastify's
  scope.addHook("onSend", (_request, reply, payload, done) => {
    const vary = String(reply.getHeader("vary") ?? "");
    if (!/\borigin\b/i.test(vary)) reply.header("vary", vary === "" ? "Origin" : `${vary}, Origin`);
    done(null, payload);
  });
}

/** tRPC decodes the path, which Fastify has decoded already; nearly all are the same both ways. */
function encodePath(path: string): string {
  return path.includes("%") ? encodeURIComponent(path) : path;
}

/** A host with a user name makes no address that tRPC can read, and is none (RFC 9110, 4.2.4). */
async function refuseUserInHost(request: FastifyRequest): Promise<void> {
  if (request.headers.host?.includes("@")) {
    throw new GatehouseError("INVALID_REQUEST", { detail: "The Host header is not an address." });
  }
}

function createHandler({ deps, router }: RpcOptions): FastifyTrpcHandler {
  return fastifyTRPCHandler({
    router,
    maxBatchSize: deps.config.maxBatchSize,
    createContext: ({ req, res, info }) =>
      createContext(deps, { request: req, reply: res, ticket: info.connectionParams?.["ticket"] }),
    onError: ({ error, path, ctx, req }) => {
      // What is refused before there is a context would be answered without the request's id; see sendFailure.
      if (ctx === undefined) throw error;
      logFailure(req.log, toGatehouseError(error), path === undefined ? {} : { procedure: path });
    },
    responseMeta: ({ errors: [first] }) =>
      first === undefined ? {} : { headers: errorHeaders(toGatehouseError(first), "Bearer") },
  });
}

/** What fails before a procedure is called is told in tRPC's form all the same; not so an address that nobody can read. */
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
