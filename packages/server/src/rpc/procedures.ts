import { initTRPC } from "@trpc/server";
import { touchApiKey } from "../auth/api-key/actor.ts";
import type { Principal } from "../auth/session/actor.ts";
import { touchSession } from "../auth/session/authenticate.ts";
import { authenticateSubscriber } from "../auth/session-events/ticket.ts";
import { requireStepUp } from "../auth/step-up/service.ts";
import { GatehouseError } from "../errors.ts";
import { countCall, enforceLimits } from "../limits/call-limit.ts";
import type { Context } from "./context.ts";
import { authenticateCall, authenticateScoped } from "./credential.ts";
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

const withinLimits = t.middleware(async ({ ctx, meta, next }) => {
  try {
    countCall(ctx.deps, ctx.request);
    if (meta?.limits !== undefined) await enforceLimits(ctx.deps, meta.limits, { per: "ip", key: ctx.request.ip });
  } catch (error) {
    // What a middleware throws does not come back to it through next().
    throw toTrpcError(error);
  }
  const result = await next();
  // next() does not reject: what failed below is in the result.
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/** Calls without signing in. Throws `TOO_MANY_REQUESTS` where the caller's address called too often. */
export const publicProcedure = t.procedure.use(withinLimits);

/**
 * Calls without signing in that hash a password. Throws `TOO_MANY_REQUESTS` besides, where more of them came at once than
 * can be hashed in time; that reads and counts nothing, so that a storm of them does not keep others from the database.
 */
export const hashingProcedure = t.procedure
  .use(async ({ ctx, next }) => {
    using _place = admitToHashing(ctx);
    return await next();
  })
  .use(withinLimits);

/**
 * Calls of a signed-in user, who is `ctx.actor`; what concerns sessions, credentials and keys is built on it. Throws
 * `UNAUTHENTICATED` and `ACCESS_TOKEN_INVALID`, and `INSUFFICIENT_SCOPE` for an API key.
 */
export const authedProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, meta, next }) => {
  const actor = await authenticateCall(ctx);
  await authorize(ctx, meta, actor);
  const result = await next({ ctx: { actor } });
  if (result.ok) await logFailure(ctx, touchSession(ctx.deps, actor));
  return result;
});

/**
 * Calls of a signed-in user, or of a machine with an API key that has the scope; `ctx.actor` is either. A scope is named
 * as RFC 6749 (3.3) says, by convention `<resource>:read` or `<resource>:write`; keys can be made for it once a procedure
 * takes it. Throws `UNAUTHENTICATED`, `ACCESS_TOKEN_INVALID`, and `INSUFFICIENT_SCOPE` for a key without the scope.
 */
export function scopedProcedure(scope: string) {
  return publicProcedure.meta({ security: "bearer", scope }).use(async ({ ctx, meta, next }) => {
    const actor = await authenticateScoped(ctx, scope);
    await authorize(ctx, meta, actor);
    const result = await next({ ctx: { actor } });
    if (result.ok)
      await logFailure(ctx, "session" in actor ? touchSession(ctx.deps, actor) : touchApiKey(ctx.deps, actor));
    return result;
  });
}

/**
 * Calls of a signed-in user who proved lately who they are, by signing in or at `auth.sudo`: for what a session in other
 * hands must not do. Throws `STEP_UP_REQUIRED` besides.
 */
export const sudoProcedure = authedProcedure.meta({ stepUp: "required" }).use(async ({ ctx, next }) => {
  await requireStepUp(ctx.deps, ctx.actor);
  return await next();
});

/**
 * Subscriptions of a signed-in user, who is `ctx.subscriber`: by a ticket in the connection parameters, as browsers can send
 * no header, or by an access token in the header or the cookie. Throws `SUBSCRIPTION_TICKET_INVALID`, `UNAUTHENTICATED` and
 * `ACCESS_TOKEN_INVALID`.
 */
export const subscriptionProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, next }) => {
  const { ip, ticket } = ctx.request;
  const subscriber = await authenticateSubscriber(ctx.deps, { ip, ticket, authenticate: () => authenticateCall(ctx) });
  return next({ ctx: { subscriber } });
});

/** Calls of an administrator. Throws `FORBIDDEN` besides. */
export const adminProcedure = authedProcedure.meta({ role: "admin" });

/** Whether somebody known may call this, and now. Machines share the counts and the roles of their user. */
async function authorize({ deps }: Context, meta: ProcedureMeta | undefined, actor: Principal): Promise<void> {
  if (meta?.limits !== undefined) await enforceLimits(deps, meta.limits, { per: "user", key: actor.userId });
  if (meta?.role !== undefined && !actor.roles.includes(meta.role)) throw new GatehouseError("FORBIDDEN");
}

/** What the call did is done, and its caller must hear so, whatever becomes of the note. */
async function logFailure({ deps }: Context, note: Promise<void>): Promise<void> {
  await note.catch((err: unknown) => deps.log.error({ err }, "activity not noted"));
}

function admitToHashing({ deps }: Context): Disposable {
  try {
    return deps.passwords.admit();
  } catch (error) {
    throw toTrpcError(error);
  }
}
