import { initTRPC } from "@trpc/server";
import { type Actor, authenticate, noteActivity } from "../auth/session/index.ts";
import { identifySubscriber } from "../auth/subscription-ticket/index.ts";
import { GatehouseError } from "../errors.ts";
import { countCall, obeyLimits } from "../limits/index.ts";
import type { Context } from "./context.ts";
import { formatError, toTrpcError } from "./error-conversion.ts";
import type { ProcedureMeta } from "./meta.ts";
import { transformer } from "./transformer.ts";

/**
 * Signs of life of a stream, in milliseconds: below the minute after which the usual proxies close a silent connection, and
 * often enough that a client which has heard nothing for three of them is right to connect anew.
 */
const pingMillis = 15_000;

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    transformer,
    errorFormatter: formatError,
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: pingMillis },
      client: { reconnectAfterInactivityMs: 3 * pingMillis },
    },
  });

/** Makes a router of a record; the app's own is made once, in `app-router.ts`. */
export const createRouter = t.router;

/** Calls without signing in. Throws `TOO_MANY_REQUESTS` where the caller's address called too often. */
export const publicProcedure = t.procedure.use(async ({ ctx, meta, next }) => {
  try {
    countCall(ctx.deps, ctx.request);
    if (meta?.limits !== undefined) await obeyLimits(ctx.deps, meta.limits, { per: "ip", key: ctx.request.ip });
  } catch (error) {
    // What a middleware throws does not come back to it through next().
    throw toTrpcError(error);
  }
  const result = await next();
  // next() does not reject: what failed below is in the result.
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/** Calls of a signed-in user, who is `ctx.actor`. Throws `UNAUTHENTICATED` and `ACCESS_TOKEN_INVALID`. */
export const authedProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, meta, next }) => {
  const actor = await authenticate(ctx.deps, bearerToken(ctx));
  if (meta?.limits !== undefined) await obeyLimits(ctx.deps, meta.limits, { per: "user", key: actor.userId });
  const result = await next({ ctx: { actor } });
  // What the call did is done, and its caller must hear so, whatever becomes of the note.
  if (result.ok)
    await noteActivity(ctx.deps, actor).catch((err: unknown) => ctx.deps.log.error({ err }, "activity not noted"));
  return result;
});

/**
 * Subscriptions of a signed-in user, who is `ctx.subscriber`: by a ticket in the connection parameters, as browsers can send
 * no header, or by an access token in the header. Throws `SUBSCRIPTION_TICKET_INVALID`, `UNAUTHENTICATED` and
 * `ACCESS_TOKEN_INVALID`.
 */
export const subscriptionProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, next }) => {
  const { ip, ticket } = ctx.request;
  const subscriber = await identifySubscriber(ctx.deps, { ip, ticket, accessToken: () => bearerToken(ctx) });
  return next({ ctx: { subscriber } });
});

/** Calls of an administrator. Throws `FORBIDDEN` besides. */
export const adminProcedure = authedProcedure.meta({ role: "admin" }).use(({ ctx, next }) => {
  requireRole(ctx.actor, "admin");
  return next();
});

function requireRole(actor: Actor, role: string): void {
  if (!actor.roles.includes(role)) throw new GatehouseError("FORBIDDEN");
}

/** The token of an `Authorization: Bearer` header (RFC 6750, 2.1). */
function bearerToken({ request }: Context): string {
  if (request.authorization === undefined) throw new GatehouseError("UNAUTHENTICATED");
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.authorization) ?? [];
  if (token === undefined) {
    throw new GatehouseError("ACCESS_TOKEN_INVALID", { detail: "Send it as Authorization: Bearer <access token>." });
  }
  return token;
}
