import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { withAccessToken } from "./access-token-context.ts";

/** Gives every call the key, which stands in the place of an access token (RFC 6750, 2.1). */
export function apiKeyLink(apiKey: string): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) =>
      next(withAccessToken(op, apiKey));
}
