import type { Operation } from "@trpc/client";

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
