import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observableToPromise } from "@trpc/server/observable";
import type { ProcedurePath } from "../inference.ts";
import { observeOutcome, orAborted } from "./outcome.ts";

/** Every procedure that answers with a new session. */
export const signInProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.login",
  "auth.magicLink.verify",
  "auth.register",
  "auth.token",
]);

const settingProcedures: ReadonlySet<string> = new Set([
  ...signInProcedures,
  ...(["auth.logout", "auth.logoutAll", "auth.refresh"] satisfies ProcedurePath[]),
]);

/**
 * Asks at each sign-in for the tokens to be set as cookies. Calls that set cookies take turns with each other and with the
 * refreshes: the browser keeps those of the answer that comes last, which could be the older session's.
 */
export function cookieTransportLink(exclusively: <T>(work: () => Promise<T>) => Promise<T>): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      if (!settingProcedures.has(op.path)) return next(op);
      const isSignIn = signInProcedures.has(op.path);
      const sent = isSignIn ? { ...op, input: { ...(op.input as object | undefined), transport: "cookie" } } : op;
      const send = () => observableToPromise(next(sent));
      return observeOutcome(() => orAborted(exclusively(send), op.signal));
    };
}
