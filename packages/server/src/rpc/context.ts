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

/** What every procedure gets. */
export interface Context {
  readonly deps: Dependencies;
  readonly request: RequestInfo;
}
