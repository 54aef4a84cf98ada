import { authenticateApiKey, rejectApiKey, type ScopedActor } from "../auth/api-key/actor.ts";
import type { Actor } from "../auth/session/actor.ts";
import { authenticate } from "../auth/session/authenticate.ts";
import { isApiKey } from "../crypto/api-key.ts";
import { GatehouseError } from "../errors.ts";
import type { Context } from "./context.ts";

/**
 * Who makes the call, by the access token in the header or the cookie. Throws `UNAUTHENTICATED`, `ACCESS_TOKEN_INVALID`,
 * `CREDENTIALS_CONFLICT` and what {@link Context.cookies} throw, and `INSUFFICIENT_SCOPE` for an API key.
 */
export async function authenticateCall(ctx: Context): Promise<Actor> {
  const token = accessTokenIn(ctx);
  return isApiKey(token) ? await rejectApiKey(ctx.deps, token) : await authenticate(ctx.deps, token);
}

/** Who makes a call that takes nobody to be signed in; `undefined` for nobody, and for whatever is wrong with the token. */
export async function findCaller(ctx: Context): Promise<Actor | undefined> {
  try {
    return await authenticateCall(ctx);
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}

/** The same as {@link authenticateCall}, or the machine whose API key has the scope. */
export async function authenticateScoped(ctx: Context, scope: string): Promise<ScopedActor> {
  const token = accessTokenIn(ctx);
  return isApiKey(token) ? await authenticateApiKey(ctx.deps, token, scope) : await authenticate(ctx.deps, token);
}

function accessTokenIn(ctx: Context): string {
  const inCookie = ctx.cookies.read("access");
  if (inCookie === undefined) return bearerToken(ctx);
  const isAmbiguous = ctx.request.authorization !== undefined && bearerToken(ctx) !== inCookie;
  if (isAmbiguous) throw new GatehouseError("CREDENTIALS_CONFLICT");
  // Keys are for machines, which send headers.
  if (isApiKey(inCookie)) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return inCookie;
}

/** The token of an `Authorization: Bearer` header (RFC 6750, 2.1); of one that holds none, a text that is no token. */
function bearerToken({ request }: Context): string {
  if (request.authorization === undefined) throw new GatehouseError("UNAUTHENTICATED");
  const [, token = ""] = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.authorization) ?? [];
  return token;
}
