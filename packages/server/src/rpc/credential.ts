import { authenticateApiKey, rejectApiKey, type ScopedActor } from "../auth/api-key/actor.ts";
import type { Actor } from "../auth/session/actor.ts";
import { authenticate } from "../auth/session/authenticate.ts";
import { isApiKey } from "../crypto/api-key.ts";
import { GatehouseError } from "../errors.ts";
import type { Context } from "./context.ts";

/**
 * Returns the caller, by the access token in the header or the cookie. Throws `UNAUTHENTICATED`, `ACCESS_TOKEN_INVALID`,
 * `CREDENTIALS_CONFLICT`, the errors of {@link Context.cookies}, and `INSUFFICIENT_SCOPE` for an API key.
 */
export async function authenticateCall(ctx: Context): Promise<Actor> {
  const token = accessTokenIn(ctx);
  return isApiKey(token) ? await rejectApiKey(ctx.deps, token) : await authenticate(ctx.deps, token);
}

/** Returns the caller of a call that does not require a sign-in; `undefined` if there is no valid token. */
export async function findCaller(ctx: Context): Promise<Actor | undefined> {
  try {
    return await authenticateCall(ctx);
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}

/** Like {@link authenticateCall}, but also accepts an API key that has the scope. */
export async function authenticateScoped(ctx: Context, scope: string): Promise<ScopedActor> {
  const token = accessTokenIn(ctx);
  return isApiKey(token) ? await authenticateApiKey(ctx.deps, token, scope) : await authenticate(ctx.deps, token);
}

function accessTokenIn(ctx: Context): string {
  const inCookie = ctx.cookies.read("access");
  if (inCookie === undefined) return bearerToken(ctx);
  const isAmbiguous = ctx.request.authorization !== undefined && bearerToken(ctx) !== inCookie;
  if (isAmbiguous) throw new GatehouseError("CREDENTIALS_CONFLICT");
  // API keys are for machines, which send headers, so a cookie may not contain one.
  if (isApiKey(inCookie)) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return inCookie;
}

/**
 * Returns the token of an `Authorization: Bearer` header (RFC 6750, 2.1), or an empty text if the header contains none. Throws
 * `UNAUTHENTICATED` without the header.
 */
function bearerToken({ request }: Context): string {
  if (request.authorization === undefined) throw new GatehouseError("UNAUTHENTICATED");
  const [, token = ""] = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.authorization) ?? [];
  return token;
}
