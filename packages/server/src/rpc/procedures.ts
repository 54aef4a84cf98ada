import { initTRPC } from "@trpc/server";
import type { CallOrigin } from "../audit/call.ts";
import { type ScopedActor, touchApiKey } from "../auth/api-key/actor.ts";
import { requireSecondFactor } from "../auth/mfa/requirement.ts";
import { touchSession } from "../auth/session/authenticate.ts";
import { authenticateSubscriber } from "../auth/session-events/ticket.ts";
import { requireFactorBesideTrust, requireStepUp } from "../auth/step-up/service.ts";
import { GatehouseError } from "../errors.ts";
import { countCall, enforceLimits, refundFailedCall } from "../limits/call-limit.ts";
import { requirePermission } from "../role/authority.ts";
import type { Context } from "./context.ts";
import { authenticateCall, authenticateScoped } from "./credential.ts";
import { formatError, toTrpcError } from "./error-conversion.ts";
import type { ProcedureMeta } from "./meta.ts";
import { transformer } from "./transformer.ts";

/**
 * Milliseconds between pings of a stream: less than the minute after which the usual proxies close a silent connection. A
 * client that misses three pings reconnects.
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

/** Creates a router from a record; the app's own is created once, in `app-router.ts`. */
export const createRouter = t.router;

const withinLimits = t.middleware(async ({ ctx, meta, next }) => {
  try {
    countCall(ctx.deps, ctx.request);
    if (meta?.limits !== undefined) await enforceLimits(ctx.deps, meta.limits, { per: "ip", key: ctx.request.ip });
  } catch (error) {
    // An error that a middleware throws does not come back to it through `next()`, so it is converted here.
    throw toTrpcError(error);
  }
  const result = await next();
  // `next()` does not reject: an error of the inner middlewares is in the result.
  if (!result.ok) {
    const refunded = refundFailedCall(ctx.deps, meta?.limits ?? [], ctx.request);
    await refunded.catch((err: unknown) => ctx.deps.log.error({ err }, "count of a failed call not taken back"));
    throw toTrpcError(result.error);
  }
  return result;
});

/** For calls without sign-in. Throws `TOO_MANY_REQUESTS` if the caller's address called too often. */
export const publicProcedure = t.procedure.use(withinLimits);

/**
 * For calls without sign-in that hash a password. Also throws `TOO_MANY_REQUESTS` if more of them arrive at once than can be
 * hashed in time. That check reads and counts nothing, so that a storm of them does not keep other calls from the database.
 */
export const hashingProcedure = t.procedure
  .use(async ({ ctx, next }) => {
    using _place = admitToHashing(ctx);
    return await next();
  })
  .use(withinLimits);

/**
 * For calls of a signed-in user, `ctx.actor`, such as those about sessions, credentials and keys. Throws `UNAUTHENTICATED` and
 * `ACCESS_TOKEN_INVALID`, and `INSUFFICIENT_SCOPE` for an API key.
 */
export const authedProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, meta, next }) => {
  const actor = await authenticateCall(ctx);
  await authorize(ctx, meta, actor);
  const result = await next({ ctx: { actor, deps: { ...ctx.deps, call: callOf(ctx, actor) } } });
  if (result.ok) await logFailure(ctx, touchSession(ctx.deps, actor));
  return result;
});

/**
 * For calls of a signed-in user, or of a machine whose API key has the scope; `ctx.actor` is either. A scope follows RFC 6749
 * (3.3), by convention `<resource>:read` or `<resource>:write`; API keys can have it once a procedure uses it. Throws
 * `UNAUTHENTICATED`, `ACCESS_TOKEN_INVALID`, and `INSUFFICIENT_SCOPE` for a key without the scope.
 */
export function scopedProcedure(scope: string) {
  return publicProcedure.meta({ security: "bearer", scope }).use(async ({ ctx, meta, next }) => {
    const actor = await authenticateScoped(ctx, scope);
    await authorize(ctx, meta, actor);
    const result = await next({ ctx: { actor, deps: { ...ctx.deps, call: callOf(ctx, actor) } } });
    if (result.ok)
      await logFailure(ctx, "session" in actor ? touchSession(ctx.deps, actor) : touchApiKey(ctx.deps, actor));
    return result;
  });
}

/**
 * For calls of a signed-in user who proved their identity recently, by signing in or at `auth.sudo`: actions that a stolen
 * session must not allow. Also throws `STEP_UP_REQUIRED`.
 */
export const sudoProcedure = authedProcedure.meta({ stepUp: "required" }).use(async ({ ctx, next }) => {
  await requireStepUp(ctx.deps, ctx.actor);
  return await next();
});

/**
 * Like {@link sudoProcedure}, for changes of second factors and passkeys. Also throws `STEP_UP_REQUIRED` if a trusted device is the
 * session's only second factor.
 */
export const factorProcedure = sudoProcedure.use(async ({ ctx, next }) => {
  await requireFactorBesideTrust(ctx.deps, ctx.actor);
  return await next();
});

/**
 * For subscriptions of a signed-in user, `ctx.subscriber`, who is identified by a ticket in the connection parameters, as
 * browsers can send no header, or by an access token in the header or the cookie. Throws `SUBSCRIPTION_TICKET_INVALID`,
 * `UNAUTHENTICATED` and `ACCESS_TOKEN_INVALID`.
 */
export const subscriptionProcedure = publicProcedure.meta({ security: "bearer" }).use(async ({ ctx, next }) => {
  const { ip, ticket } = ctx.request;
  const subscriber = await authenticateSubscriber(ctx.deps, { ip, ticket, authenticate: () => authenticateCall(ctx) });
  return next({ ctx: { subscriber } });
});

/**
 * For calls of a user whose roles have the permission, or of a machine whose API key has it as a scope too; `ctx.actor` is either.
 * A permission is written like a scope, `<resource>:<action>`; roles can have it once a procedure requires it, and the role `admin`
 * has all. Throws what {@link scopedProcedure} throws, and `FORBIDDEN`.
 */
export function permissionProcedure(permission: string) {
  return scopedProcedure(permission).meta({ permission });
}

/**
 * Checks an authenticated caller: whether they act in another's name, their second factor, limits and permission. Machines share
 * the counts and the roles of their user. Throws `IMPERSONATION_REFUSED`, `SECOND_FACTOR_REQUIRED`, `TOO_MANY_REQUESTS` and
 * `FORBIDDEN`.
 */
export async function authorize({ deps }: Context, meta: ProcedureMeta | undefined, actor: ScopedActor): Promise<void> {
  if (isImpersonated(actor) && !mayImpersonate(meta)) throw new GatehouseError("IMPERSONATION_REFUSED");
  if (meta?.secondFactor !== "exempt") await requireSecondFactor(deps, actor);
  if (meta?.limits !== undefined) await enforceLimits(deps, meta.limits, { per: "user", key: actor.userId });
  if (meta?.permission !== undefined) await requirePermission(deps, actor, meta.permission);
}

function isImpersonated(actor: ScopedActor): boolean {
  return "session" in actor && actor.session.impersonator_id !== null;
}

function mayImpersonate(meta: ProcedureMeta | undefined): boolean {
  if (meta?.impersonation !== undefined) return meta.impersonation === "allowed";
  return meta?.scope !== undefined && meta.permission === undefined;
}

/** The origin of the call, once its caller is known. */
export function callOf({ deps }: Context, actor: ScopedActor): CallOrigin {
  const apiKeyId = "session" in actor ? null : actor.apiKey.publicId;
  const impersonatorId = "session" in actor ? actor.session.impersonator_id : null;
  return { ...deps.call, actor: { kind: "user", id: actor.userPublicId }, apiKeyId, impersonatorId };
}

/** Logs a failure to note the activity instead of throwing it: the call has succeeded, and its caller must get the result. */
export async function logFailure({ deps }: Context, note: Promise<void>): Promise<void> {
  await note.catch((err: unknown) => deps.log.error({ err }, "activity not noted"));
}

function admitToHashing({ deps }: Context): Disposable {
  try {
    return deps.passwords.admit();
  } catch (error) {
    throw toTrpcError(error);
  }
}
