import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observableToPromise } from "@trpc/server/observable";
import type { ProcedurePath } from "../inference.ts";
import { observeOutcome, orAborted } from "./outcome.ts";

/** Every procedure that returns a new session. */
export const signInProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.confirmRegistration",
  "auth.anonymous",
  "auth.login",
  "auth.magicLink.verify",
  "auth.mfa.verify",
  "auth.passkeys.login",
  "auth.register",
  "auth.signInCode.exchange",
  "auth.social.signIn",
  "auth.token",
]);

const settingProcedures: ReadonlySet<string> = new Set([
  ...signInProcedures,
  ...(["auth.logout", "auth.logoutAll", "auth.refresh"] satisfies ProcedurePath[]),
]);

/**
 * Asks for cookies at each sign-in. Calls that set cookies run one after the other, and not during a refresh: the
 * browser keeps the cookies of the last answer, which could be those of an older session.
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
