import type { AppRouter } from "@gatehouse/server/api";
import type { Inputs, Outputs, Paths, Router, Transport } from "./procedures.ts";

/** What each procedure takes: `RouterInputs["auth"]["login"]`. Default: of Gatehouse's own procedures. */
export type RouterInputs<TRouter extends Router = AppRouter> = Inputs<TRouter["_def"]["record"]>;

/**
 * What each procedure answers with: `RouterOutputs["device"]["list"]`. Default: of Gatehouse's own procedures, to a client
 * whose tokens travel in the body.
 */
export type RouterOutputs<TRouter extends Router = AppRouter, T extends Transport = "body"> = Outputs<
  TRouter["_def"]["record"],
  T
>;

/** The path of one of Gatehouse's own procedures. */
export type ProcedurePath = Paths<AppRouter["_def"]["record"]>;

/** An account, as `user.me` answers with it. */
export type User = RouterOutputs["user"]["me"];

/**
 * The tokens of a session, as a sign-in and a refresh answer with them. The access token lives for minutes and goes
 * with every call; the refresh token is exchanged for new ones, and each is replaced when used.
 */
export type Session = RouterOutputs["auth"]["refresh"]["session"];

/** What a client knows of a session whose tokens are in cookies. It holds no secret. */
export type CookieSession = RouterOutputs<AppRouter, "cookie">["auth"]["refresh"]["session"];

/** A session in either form. */
export type AnySession = Session | CookieSession;

/** An installation of an app, as `device.link` answers with it. */
export type Device = RouterOutputs["device"]["link"];
