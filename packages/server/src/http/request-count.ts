import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import type { GatehouseError } from "../errors.ts";
import { countCall } from "../limits/call-limit.ts";
import { toGatehouseError } from "../rpc/error-conversion.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * What counts against `LIMIT_CALLS_PER_IP_PER_MINUTE`. Default: each request. With `procedures`, the procedures count their
     * own calls.
     */
    counts?: "procedures" | "nothing";
  }
}

type CountDeps = Pick<Dependencies, "limits">;

/**
 * Counts each request to the routes that are added later, before anything else is done for it, unless a route sets `counts`.
 * Also counts preflights, which CORS handles before any route, so call it before CORS is added.
 */
export function countRequests(app: FastifyInstance, deps: CountDeps): void {
  const count: onRequestHookHandler = (request, _reply, done) => {
    countRequest(deps, request);
    done();
  };
  app.addHook("onRequest", (request, reply, done) => {
    if (request.raw.method === "OPTIONS") count.call(app, request, reply, done);
    else done();
  });
  app.addHook("onRoute", (route) => {
    const own = [route.onRequest ?? []].flat();
    // Fastify copies the route for HEAD from the route for GET, with its hooks.
    const isCounted = route.method === "OPTIONS" || own.includes(count);
    if (route.config?.counts === undefined && !isCounted) route.onRequest = [count, ...own];
  });
}

/** Counts a request that calls no procedure; procedures count their own calls. Throws `TOO_MANY_REQUESTS`. */
export function countRequest(deps: CountDeps, request: Pick<FastifyRequest, "clientAddress">): void {
  countCall(deps, { ip: request.clientAddress });
}

/**
 * Counts a request that was rejected before it called a procedure. Returns the error to send: the given one, or
 * `TOO_MANY_REQUESTS`. Failures of the server are not counted.
 */
export function countRefused(
  deps: CountDeps,
  request: Pick<FastifyRequest, "clientAddress">,
  refusal: GatehouseError,
): GatehouseError {
  if (refusal.status >= 500 || refusal.code === "TOO_MANY_REQUESTS") return refusal;
  try {
    countRequest(deps, request);
    return refusal;
  } catch (error) {
    return toGatehouseError(error);
  }
}
