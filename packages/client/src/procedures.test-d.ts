import type { AnyTRPCRouter, TRPCMutationProcedure, TRPCQueryProcedure, TRPCSubscriptionProcedure } from "@trpc/server";
import { expectTypeOf } from "vitest";
import type {
  Calls,
  Inputs,
  Mutation,
  Outputs,
  Paths,
  Procedures,
  Query,
  Router,
  Subscription,
  SubscriptionListener,
} from "./procedures.ts";

interface Definition {
  input: { id: string };
  output: Date;
  meta: object;
  errorShape: unknown;
}

// What tRPC makes fits what its callers know of it.
expectTypeOf<TRPCQueryProcedure<Definition>>().toExtend<Query<{ id: string }, Date>>();
expectTypeOf<TRPCMutationProcedure<Definition>>().toExtend<Mutation<{ id: string }, Date>>();
expectTypeOf<TRPCMutationProcedure<Definition>>().not.toExtend<Query<{ id: string }, Date>>();
expectTypeOf<AnyTRPCRouter>().toExtend<Router>();

interface Records {
  item: { get: TRPCQueryProcedure<Definition>; watch: TRPCSubscriptionProcedure<Definition> };
  touch: Mutation<void, void>;
}
expectTypeOf<Inputs<Records>["item"]["get"]>().toEqualTypeOf<{ id: string }>();
expectTypeOf<Outputs<Records>["item"]["get"]>().toEqualTypeOf<Date>();
expectTypeOf<Paths<Records>>().toEqualTypeOf<"item.get" | "item.watch" | "touch">();
expectTypeOf<TRPCSubscriptionProcedure<Definition>>().toExtend<Subscription<{ id: string }, Date>>();
expectTypeOf<TRPCSubscriptionProcedure<Definition>>().not.toExtend<Query<{ id: string }, Date>>();
expectTypeOf<Procedures<Records>["item"]["watch"]["subscribe"]>().parameter(0).toEqualTypeOf<{ id: string }>();
expectTypeOf<Procedures<Records>["item"]["watch"]["subscribe"]>()
  .parameter(1)
  .toEqualTypeOf<SubscriptionListener<Date>>();
expectTypeOf<Procedures<Records>["item"]["watch"]>().not.toHaveProperty("query");
expectTypeOf<Procedures<Calls<Records>>["item"]>().toHaveProperty("get");
expectTypeOf<Procedures<Calls<Records>>["item"]>().not.toHaveProperty("watch");
expectTypeOf<Procedures<Records>["touch"]["mutate"]>().returns.resolves.toEqualTypeOf<void>();
