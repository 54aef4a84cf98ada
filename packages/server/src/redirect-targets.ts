import { z } from "zod";
import { commaSeparated } from "./config-formats.ts";

/** An address, or the beginning of addresses, at which sign-ins may continue. */
export interface AllowedRedirect {
  /** With its colon, as in `https:`. */
  readonly scheme: string;
  /** Empty for the addresses of a native app. */
  readonly hostname: string;
  /** Empty for the scheme's own port; `any` for a loopback address without a port (RFC 8252, 7.3). */
  readonly port: string;
  readonly path: string;
  /** Whether every path that begins with `path` is allowed, which then ends in a slash. Otherwise only `path` itself is. */
  readonly isPrefix: boolean;
}

/** The most characters of a redirect address. It has to fit into a cookie, beside other values. */
const maxRedirectCharacters = 1024;

const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Every loopback address, for development. */
export const loopbackRedirects: readonly AllowedRedirect[] = loopbackHosts.map((hostname) => ({
  scheme: "http:",
  hostname,
  port: "any",
  path: "/",
  isPrefix: true,
}));

/** The scheme of a native app: a reversed domain name (RFC 8252, 7.1), so that no other app has it by accident. */
const appScheme = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/** Characters that no address needs literally, and that programs read differently (RFC 3986, 2). */
const plainAddress = /^[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]+$/;

/** Escaped dots, slashes, backslashes and control characters: some programs decode them before they read a path. */
const disguisedInPath = /%(2e|2f|5c|[01][0-9a-f]|7f)/i;

/** The format of `ALLOWED_REDIRECTS`. */
export const allowedRedirects = commaSeparated.pipe(z.array(z.string().transform(parseAllowedRedirect)));

function parseAllowedRedirect(entry: string, ctx: z.RefinementCtx): AllowedRedirect {
  const url = parsePlain(entry);
  // A browser takes an asterisk in a host for a letter like any other, and an operator means more by it.
  const allowed = url && url.search === "" && !entry.includes("*") ? toAllowed(url) : undefined;
  if (allowed !== undefined) return allowed;
  ctx.addIssue({ code: "custom", message: "not an address that may be allowed" });
  return z.NEVER;
}

function toAllowed({ protocol: scheme, hostname, port, pathname: path }: URL): AllowedRedirect | undefined {
  if (appScheme.test(scheme)) return { scheme, hostname, port, path, isPrefix: false };
  const isPrefix = path.endsWith("/");
  if (scheme === "https:") return { scheme, hostname, port, path, isPrefix };
  const isLoopback = scheme === "http:" && loopbackHosts.includes(hostname);
  return isLoopback ? { scheme, hostname, port: port === "" ? "any" : port, path, isPrefix } : undefined;
}

/** What decides where sign-ins may continue. */
export interface RedirectRules {
  readonly allowedRedirects: readonly AllowedRedirect[];
  readonly publicUrl: string;
}

/**
 * Returns the address if a sign-in may continue there; `undefined` otherwise. It must be written as browsers write it, so that no
 * two programs read it differently: an address with a backslash, upper case in its host, a user, dot segments or a fragment is
 * refused. Every server allows its own pages below `/account/` and `/sign-in`.
 */
export function parseRedirect(rules: RedirectRules, address: string): URL | undefined {
  const url = parsePlain(address);
  if (url === undefined) return undefined;
  return isOwnPage(rules, url) || rules.allowedRedirects.some((allowed) => allows(allowed, url)) ? url : undefined;
}

/** Returns the address with further parameters; they replace parameters of the same names. */
export function withParameters(address: URL, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Parses an address that is written in the one way in which browsers write it. */
function parsePlain(address: string): URL | undefined {
  if (address.length > maxRedirectCharacters || !plainAddress.test(address)) return undefined;
  const url = URL.parse(address);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  // An origin may lack the slash of its path.
  const isPlain = url.href === address || (url.pathname === "/" && url.href === `${address}/`);
  return isPlain && !disguisedInPath.test(url.pathname) ? url : undefined;
}

function isOwnPage({ publicUrl }: RedirectRules, { origin, pathname }: URL): boolean {
  return origin === publicUrl && (pathname === "/sign-in" || pathname.startsWith("/account/"));
}

function allows(allowed: AllowedRedirect, { protocol, hostname, port, pathname }: URL): boolean {
  const isThere = allowed.scheme === protocol && allowed.hostname === hostname;
  if (!isThere || (allowed.port !== "any" && allowed.port !== port)) return false;
  return allowed.isPrefix ? pathname.startsWith(allowed.path) : pathname === allowed.path;
}
