import { createHash, timingSafeEqual } from "node:crypto";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import { hasOutbox } from "../delivery/config.ts";
import { GatehouseError } from "../errors.ts";

/** Where the pages are. */
const outboxPath = "/dev/outbox";

interface OutboxGuardDeps {
  readonly config: Pick<Config, "environment" | "publicUrl" | "trustedProxies">;
  readonly keyRing: KeyRing;
}

/**
 * The address by which a browser on any machine opens the outbox of the server at `url`, an origin; `undefined` where there
 * is none. It holds a token that goes on working until `ENCRYPTION_KEYS` changes: print it where the developer alone reads.
 */
export function outboxLink({ config, keyRing }: OutboxGuardDeps, url: string): string | undefined {
  if (!hasOutbox({ NODE_ENV: config.environment })) return undefined;
  return `${url}${outboxPath}?token=${tokenOf(keyRing)}`;
}

/**
 * Links and codes stand on these pages. They open to a connection from this machine with a request as browsers and curl send it, which
 * nothing has forwarded or added to, and to a browser that brings the token of {@link outboxLink}; what a request says of itself opens nothing. Pages of other origins do
 * not get to read them, nor does one whose name is made to resolve to this machine (DNS rebinding), which its `Host` gives away.
 */
export function guardOutbox({ config, keyRing }: OutboxGuardDeps) {
  const isLocal = recognizeLocal(config);
  const token = tokenOf(keyRing);
  return async (request: Pick<FastifyRequest, "query" | "url" | "headers" | "raw">, reply: FastifyReply) => {
    reply.header("cross-origin-resource-policy", "same-origin");
    const { query, url, headers } = request;
    if (isToken(tokenIn(query), token)) {
      reply.header("set-cookie", `${cookieName}=${token}; Path=${outboxPath}; HttpOnly; SameSite=Lax`);
      // Out of the address, so that it is neither in the history nor in a bookmark.
      return reply.redirect(url.split("?", 1)[0] ?? outboxPath, 303);
    }
    if (isLocal(request) || isToken(cookieIn(headers.cookie), token)) return;
    const detail =
      "The outbox opens on the server's own machine, under its name or that of PUBLIC_URL, to a browser that adds no headers of its own. From elsewhere, open the link with a token that the server printed when it started.";
    throw new GatehouseError("NOT_FOUND", { detail });
  };
}

/** The same after a restart, and of no use for anything else that the key ring does. */
function tokenOf(keyRing: KeyRing): string {
  return keyRing.derive("outbox token")[0]?.toString("base64url") ?? "";
}

const digest = (text: string) => createHash("sha256").update(text).digest();

function isToken(presented: unknown, token: string): boolean {
  return typeof presented === "string" && token !== "" && timingSafeEqual(digest(presented), digest(token));
}

/** A query that repeats the name holds a list, which is no token. */
function tokenIn(query: unknown): unknown {
  return typeof query === "object" && query !== null && "token" in query ? query.token : undefined;
}

const cookieName = "gatehouse-outbox";

function cookieIn(header = ""): string | undefined {
  const pair = header.split("; ").find((each) => each.startsWith(`${cookieName}=`));
  return pair?.slice(cookieName.length + 1);
}

/**
 * The names that browsers and curl send by themselves with a page that is opened. A proxy on this machine connects from it as well,
 * and what proxies, tunnels and forwarders add has no end of names.
 */
const browserHeader =
  /^(host|user-agent|accept(-[a-z]+)?|connection|keep-alive|cache-control|pragma|upgrade-insecure-requests|sec-[a-z0-9-]+|cookie|referer|dnt|if-none-match|if-modified-since|priority|te|purpose|save-data)$/;

/** A name or an IPv4 address, or the loopback address of IPv6, perhaps with a port. URL parsers take more, each something else. */
const plainHost = /^([a-z0-9.-]+|\[::1\])(:\d{1,5})?$/i;

const isLoopback = proxyAddress.compile(["loopback"]);

/** By the connection's own address first; a trusted proxy connects for others, whatever it adds. */
function recognizeLocal({ publicUrl, trustedProxies }: OutboxGuardDeps["config"]) {
  const ownHost = new URL(publicUrl).hostname;
  const isProxy = proxyAddress.compile([...trustedProxies]);
  return ({ raw: { socket, url }, headers }: Pick<FastifyRequest, "raw" | "headers">): boolean => {
    const peer = socket.remoteAddress ?? "";
    if (!isLoopback(peer, 0) || isProxy(peer, 0)) return false;
    if (!Object.keys(headers).every((name) => browserHeader.test(name))) return false;
    // Of a request that names a host before its path that one counts, not `Host` (RFC 9112, 3.2.2).
    if (!url?.startsWith("/") || !plainHost.test(headers.host ?? "")) return false;
    const host = URL.parse(`http://${headers.host}`)?.hostname ?? "";
    return host === ownHost || loopbackName.test(host);
  };
}

const loopbackName = /^(([^.]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/;
