import type { IssuedSession } from "../auth/session/issue.ts";
import type { CallDependencies } from "../dependencies.ts";

/** The data that a procedure gets of the HTTP request. */
interface RequestInfo {
  /** Contained in every error and every line of the log, so that they can be matched. */
  readonly id: string;
  /** The caller's address, found with the help of `TRUSTED_PROXIES`. */
  readonly ip: string;
  readonly userAgent: string | null;
  /** The `Authorization` header as sent. */
  readonly authorization: string | undefined;
  /** The connection parameter `ticket`, which only subscriptions take. */
  readonly ticket: string | undefined;
}

/** A session's tokens in cookies, which no script can read: see docs/decisions/021. */
export interface SessionCookies {
  /**
   * Returns the token in a cookie, if the request has one. Throws `INVALID_REQUEST` if the cookie came twice, and
   * `ORIGIN_NOT_ALLOWED` if a page of a foreign origin sent it.
   */
  read(token: "access" | "refresh"): string | undefined;
  /**
   * Returns a writer of the response's cookies; call it before any work is done. Throws `ORIGIN_NOT_ALLOWED`, and
   * `INVALID_REQUEST` if the response cannot set cookies, or if another call of the request sets them.
   */
  open(): CookieWriter;
  /**
   * Refuses a page of a foreign origin, for calls without credentials that it could make unasked in its visitors' browsers. Requests
   * from outside a browser pass. Throws `ORIGIN_NOT_ALLOWED`.
   */
  refuseForeignPage(): void;
}

/** Sets the cookies of a response. */
export interface CookieWriter {
  set(session: IssuedSession): void;
  clear(): void;
}

/** The context of every procedure. */
export interface Context {
  readonly deps: CallDependencies;
  readonly request: RequestInfo;
  readonly cookies: SessionCookies;
}
