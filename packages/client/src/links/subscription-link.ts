import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { OpenSubscription, type SubscriptionOptions } from "./open-subscription.ts";

/** Keeps subscriptions open, and passes calls to the next link. */
export function subscriptionLink(options: SubscriptionOptions): TRPCLink<AnyTRPCRouter> {
  return (runtime) =>
    ({ op, next }) => {
      if (op.type !== "subscription") return next(op);
      return observable((observer) => {
        const subscription = new OpenSubscription({ ...options, runtime, op, observer });
        const close = () => subscription.close();
        op.signal?.addEventListener("abort", close, { once: true });
        if (op.signal?.aborted !== true) subscription.connect();
        return () => {
          op.signal?.removeEventListener("abort", close);
          close();
        };
      });
    };
}
