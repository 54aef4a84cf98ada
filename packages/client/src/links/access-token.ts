import type { Operation, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";

const key = "gatehouseAccessToken";

/** Returns the same call with this access token. */
export function withAccessToken<TInput>(op: Operation<TInput>, accessToken: string): Operation<TInput> {
  return { ...op, context: { ...op.context, [key]: accessToken } };
}

/** Returns the access token of a call, if it has one. */
export function accessTokenOf(op: Operation): string | undefined {
  const token = op.context[key];
  return typeof token === "string" ? token : undefined;
}

/** Sends the key with every call, in the place of an access token (RFC 6750, 2.1). */
export function apiKeyLink(apiKey: string): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) =>
      next(withAccessToken(op, apiKey));
}
