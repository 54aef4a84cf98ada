/** Whether only this machine is reached under the name or address, with or without the brackets of IPv6 in a URL. */
export function isLoopbackHost(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}

/** Where a PostgreSQL URL leads; a socket of this machine, and no URL at all, is `localhost`. */
export function databaseHost(url: string | undefined): string {
  if (url === undefined) return "localhost";
  const { hostname, searchParams } = new URL(url);
  // A parameter outranks the authority, as in libpq.
  const host = searchParams.get("host") ?? hostname;
  return host === "" || /^(\/|%2f)/i.test(host) ? "localhost" : host;
}
