import type { Operation, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";

const key = "gatehouseAccessToken";

/** The same call, to be sent with this access token. */
export function withAccessToken<TInput>(op: Operation<TInput>, accessToken: string): Operation<TInput> {
  return { ...op, context: { ...op.context, [key]: accessToken } };
}

/** The access token that a call is to be sent with, if any. */
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
