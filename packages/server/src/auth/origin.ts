/** Where a call came from, as sessions, registrations and links keep it. */
export interface Origin {
  /** The caller's address, as far as `TRUSTED_PROXIES` lets it be believed. */
  readonly ip: string;
  readonly userAgent: string | null;
}
