import type { AppRouter } from "@gatehouse/server/api";
import type { Inputs, Outputs, Paths, Router, Transport } from "./procedures.ts";

/** The input of each procedure: `RouterInputs["auth"]["login"]`. Default: Gatehouse's own procedures. */
export type RouterInputs<TRouter extends Router = AppRouter> = Inputs<TRouter["_def"]["record"]>;

/**
 * The output of each procedure: `RouterOutputs["device"]["list"]`. Default: Gatehouse's own procedures, for a client
 * whose tokens are in the body.
 */
export type RouterOutputs<TRouter extends Router = AppRouter, T extends Transport = "body"> = Outputs<
  TRouter["_def"]["record"],
  T
>;

/** The path of one of Gatehouse's own procedures. */
export type ProcedurePath = Paths<AppRouter["_def"]["record"]>;

/** An account, as `user.me` returns it. */
export type User = RouterOutputs["user"]["me"];

/**
 * The tokens of a session, as a sign-in and a refresh return them. The access token lives for minutes, and every call
 * sends it. A refresh exchanges the refresh token for new tokens, and each refresh token is used once.
 */
export type Session = RouterOutputs["auth"]["refresh"]["session"];

/** The data that a client has about a session with tokens in cookies. It contains no secret. */
export type CookieSession = RouterOutputs<AppRouter, "cookie">["auth"]["refresh"]["session"];

/** A session in either form. */
export type AnySession = Session | CookieSession;

/** An installation of an app, as `device.link` returns it. */
export type Device = RouterOutputs["device"]["link"];
