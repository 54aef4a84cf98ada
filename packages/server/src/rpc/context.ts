import type { IssuedSession } from "../auth/session/issue.ts";
import type { Dependencies } from "../dependencies.ts";

/** What a procedure knows of the HTTP request that called it. */
interface RequestInfo {
  /** In every error and every line of the log, so that the two can be brought together. */
  readonly id: string;
  /** The caller's address, as far as `TRUSTED_PROXIES` lets it be believed. */
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
   * The token that came in a cookie, if one did. Throws `INVALID_REQUEST` where it came twice, and `ORIGIN_NOT_ALLOWED`
   * where a page sent it that may not.
   */
  read(token: "access" | "refresh"): string | undefined;
  /**
   * To write cookies with the answer; called before anything is done. Throws `ORIGIN_NOT_ALLOWED`, and `INVALID_REQUEST`
   * where the answer can set no cookies, or another call of the request sets them.
   */
  open(): CookieWriter;
}

/** Sets the cookies of an answer. */
export interface CookieWriter {
  set(session: IssuedSession): void;
  clear(): void;
}

/** What every procedure gets. */
export interface Context {
  readonly deps: Dependencies;
  readonly request: RequestInfo;
  readonly cookies: SessionCookies;
}
