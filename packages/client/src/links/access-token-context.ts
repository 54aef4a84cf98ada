import type { Operation } from "@trpc/client";

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
