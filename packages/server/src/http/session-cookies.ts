import type { FastifyReply, FastifyRequest } from "fastify";
import type { IssuedSession } from "../auth/session/issue.ts";
import { GatehouseError } from "../errors.ts";
import type { CookieWriter, SessionCookies } from "../rpc/context.ts";
import { isOpenToAll, mayUseCookies, type OriginSettings } from "./origins.ts";

/**
 * Browsers accept a cookie with this prefix only from this host over HTTPS, so that no subdomain can plant one (RFC 6265bis,
 * 4.1.3.2). A cookie of any other name is never read.
 */
export const cookieNames = { access: "__Host-gatehouse-access", refresh: "__Host-gatehouse-refresh" } as const;

const attributes = "Path=/; HttpOnly; Secure; SameSite=Strict";

/** Methods that change nothing: a page that may not read the response gains nothing by the call. */
const safeMethods = ["GET", "HEAD"];

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Whether the call changes something although its method is safe. Default: the method decides. */
  readonly isMutation?: boolean | undefined;
}

/** The session's cookies of one request and its response. */
export class ExchangedCookies implements SessionCookies {
  readonly #settings: OriginSettings;
  readonly #exchange: Exchange;
  #isOpen = false;

  constructor(settings: OriginSettings, exchange: Exchange) {
    this.#settings = settings;
    this.#exchange = exchange;
  }

  read(token: keyof typeof cookieNames): string | undefined {
    const { request, isMutation = false } = this.#exchange;
    const { headers, method } = request;
    const [value, ...others] = valuesOf(headers.cookie, cookieNames[token]);
    if (value === undefined) return undefined;
    if (others.length > 0) {
      throw new GatehouseError("INVALID_REQUEST", { detail: `The cookie ${cookieNames[token]} came more than once.` });
    }
    if (isMutation || !safeMethods.includes(method)) this.#requireOwnPage();
    return value;
  }

  open(): CookieWriter {
    this.#requireOwnPage();
    const { request, reply } = this.#exchange;
    if (isStreamed(request)) {
      throw new GatehouseError("INVALID_REQUEST", {
        detail: "A streamed answer cannot set cookies: call this without trpc-accept, by httpLink or httpBatchLink.",
      });
    }
    if (this.#isOpen) {
      throw new GatehouseError("INVALID_REQUEST", { detail: "Only one call of a request can set cookies." });
    }
    this.#isOpen = true;
    return {
      set: (session) => void reply.header("set-cookie", cookiesOf(session)),
      clear: () => void reply.header("set-cookie", Object.values(cookieNames).map(clearing)),
    };
  }

  refuseForeignPage(): void {
    const { origin } = this.#exchange.request.headers;
    // With * every page may call the server without cookies.
    if (origin === undefined || isOpenToAll(this.#settings) || mayUseCookies(this.#settings, origin)) return;
    throw foreignPage();
  }

  /**
   * Checks `Origin` (OWASP, Cross-Site Request Forgery Prevention). Browsers send it with every request that can change
   * something.
   */
  #requireOwnPage(): void {
    const { headers, log } = this.#exchange.request;
    const { origin, "sec-fetch-site": site } = headers;
    if (origin === undefined ? site === "same-origin" : mayUseCookies(this.#settings, origin)) return;
    // The page sees a refusal without a reason where CORS keeps the answer from it.
    if (this.#settings.environment === "development")
      log.warn({ origin }, "cookies refused to a page: add its origin to CORS_ORIGINS, if it is yours");
    throw foreignPage();
  }
}

function foreignPage(): GatehouseError {
  return new GatehouseError("ORIGIN_NOT_ALLOWED", {
    detail:
      "The Origin header must be PUBLIC_URL, or an origin that CORS_ORIGINS names; for cookies * names none. " +
      "Apps outside a browser send and receive tokens without cookies.",
  });
}

/** Returns all values of the name. The header is parsed by hand, since every cookie parser hides a repeated name. */
export function valuesOf(header: string | undefined, name: string): readonly string[] {
  if (header === undefined || !header.includes(name)) return [];
  const pairs = header.split(";").map(withoutWhitespace);
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/** Removes whitespace as RFC 6265 defines it, in linear time; a regular expression for both ends would take longer. */
function withoutWhitespace(pair: string): string {
  let start = 0;
  let end = pair.length;
  while (start < end && isWhitespace(pair.charCodeAt(start))) start++;
  while (end > start && isWhitespace(pair.charCodeAt(end - 1))) end--;
  return pair.slice(start, end);
}

function isWhitespace(characterCode: number): boolean {
  return characterCode === 0x20 || characterCode === 0x09;
}

/** Whether the response is streamed: its headers are sent before a procedure could set cookies. */
function isStreamed({ headers }: FastifyRequest): boolean {
  return headers["trpc-accept"] !== undefined || headers.accept?.includes("application/jsonl") === true;
}

/**
 * Returns the session's cookies. If the session is not remembered, they end with the browser; the server ends the session by
 * its own time.
 */
export function cookiesOf(session: IssuedSession): readonly string[] {
  const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, issuedAt, isRemembered } = session;
  const lasting = (expiresAt: Date) => {
    const maxAgeSeconds = Math.floor((expiresAt.getTime() - issuedAt.getTime()) / 1000);
    return isRemembered ? `; Max-Age=${maxAgeSeconds}` : "";
  };
  return [
    `${cookieNames.access}=${accessToken}; ${attributes}${lasting(accessTokenExpiresAt)}`,
    `${cookieNames.refresh}=${refreshToken}; ${attributes}${lasting(refreshTokenExpiresAt)}`,
  ];
}

function clearing(name: string): string {
  return `${name}=; ${attributes}; Max-Age=0`;
}
