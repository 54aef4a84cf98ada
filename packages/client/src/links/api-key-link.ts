import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { withAccessToken } from "./access-token-context.ts";

/** Gives every call the key, which is sent like an access token (RFC 6750, 2.1). */
export function apiKeyLink(apiKey: string): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) =>
      next(withAccessToken(op, apiKey));
}
