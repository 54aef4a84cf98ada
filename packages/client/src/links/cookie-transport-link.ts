import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { ProcedurePath } from "../inference.ts";

/** Every procedure that answers with a new session. */
export const signInProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.login",
  "auth.magicLink.verify",
  "auth.register",
  "auth.token",
]);

/** Asks at each sign-in for the tokens to be set as cookies. */
export function cookieTransportLink(): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      if (!signInProcedures.has(op.path)) return next(op);
      return next({ ...op, input: { ...(op.input as object | undefined), transport: "cookie" } });
    };
}
