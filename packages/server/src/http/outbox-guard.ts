import { createHash, timingSafeEqual } from "node:crypto";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import { hasOutbox } from "../delivery/config.ts";
import { GatehouseError } from "../errors.ts";

/** The path of the pages. */
const outboxPath = "/dev/outbox";

interface OutboxGuardDeps {
  readonly config: Pick<Config, "environment" | "publicUrl" | "trustedProxies">;
  readonly keyRing: KeyRing;
}

/**
 * Returns the URL that opens the outbox of the server at the origin `url` in a browser on any machine; `undefined` if there is
 * no outbox. The URL contains a token that is valid until `ENCRYPTION_KEYS` changes: print it only where the developer alone
 * reads it.
 */
export function outboxLink({ config, keyRing }: OutboxGuardDeps, url: string): string | undefined {
  if (!hasOutbox({ NODE_ENV: config.environment })) return undefined;
  return `${url}${outboxPath}?token=${tokenOf(keyRing)}`;
}

/**
 * Returns a hook that guards the pages, which show links and codes. It admits a browser with the token of {@link outboxLink},
 * and a connection from this machine whose request has only headers that browsers and curl send, so that nothing has forwarded
 * it. Nothing else in a request opens the pages. Pages of other origins cannot read them, nor can a page whose name was made to
 * resolve to this machine (DNS rebinding), which its `Host` reveals.
 */
export function guardOutbox({ config, keyRing }: OutboxGuardDeps) {
  const isLocal = recognizeLocal(config);
  const token = tokenOf(keyRing);
  return async (request: Pick<FastifyRequest, "query" | "url" | "headers" | "raw">, reply: FastifyReply) => {
    reply.header("cross-origin-resource-policy", "same-origin");
    const { query, url, headers } = request;
    if (isToken(tokenIn(query), token)) {
      reply.header("set-cookie", `${cookieName}=${token}; Path=${outboxPath}; HttpOnly; SameSite=Lax`);
      // Removes the token from the address, so that it is neither in the history nor in a bookmark.
      return reply.redirect(url.split("?", 1)[0] ?? outboxPath, 303);
    }
    if (isLocal(request) || isToken(cookieIn(headers.cookie), token)) return;
    const detail =
      "The outbox opens on the server's own machine, under its name or that of PUBLIC_URL, to a browser that adds no headers of its own. From elsewhere, open the link with a token that the server printed when it started.";
    throw new GatehouseError("NOT_FOUND", { detail });
  };
}

/** Derives the token: it stays the same after a restart, and is of no use for the key ring's other purposes. */
function tokenOf(keyRing: KeyRing): string {
  return keyRing.derive("outbox token")[0]?.toString("base64url") ?? "";
}

const digest = (text: string) => createHash("sha256").update(text).digest();

function isToken(presented: unknown, token: string): boolean {
  return typeof presented === "string" && token !== "" && timingSafeEqual(digest(presented), digest(token));
}

/** Returns the `token` of the query; if the name is repeated, the value is a list, which is not a token. */
function tokenIn(query: unknown): unknown {
  return typeof query === "object" && query !== null && "token" in query ? query.token : undefined;
}

const cookieName = "gatehouse-outbox";

function cookieIn(header = ""): string | undefined {
  const pair = header.split("; ").find((each) => each.startsWith(`${cookieName}=`));
  return pair?.slice(cookieName.length + 1);
}

/**
 * The names of headers that browsers and curl send by themselves when they open a page. A proxy on this machine connects from
 * it too, and the headers that proxies, tunnels and forwarders add cannot all be listed.
 */
const browserHeader =
  /^(host|user-agent|accept(-[a-z]+)?|connection|keep-alive|cache-control|pragma|upgrade-insecure-requests|sec-[a-z0-9-]+|cookie|referer|dnt|if-none-match|if-modified-since|priority|te|purpose|save-data)$/;

/**
 * A host name, an IPv4 address or the IPv6 loopback address, perhaps with a port. URL parsers accept more, each differently.
 */
const plainHost = /^([a-z0-9.-]+|\[::1\])(:\d{1,5})?$/i;

const isLoopback = proxyAddress.compile(["loopback"]);

/**
 * Returns a function that recognizes requests from this machine. It checks the connection's own address first, and rejects a
 * trusted proxy, which connects for others whatever headers it adds.
 */
function recognizeLocal({ publicUrl, trustedProxies }: OutboxGuardDeps["config"]) {
  const ownHost = new URL(publicUrl).hostname;
  const isProxy = proxyAddress.compile([...trustedProxies]);
  return ({ raw: { socket, url }, headers }: Pick<FastifyRequest, "raw" | "headers">): boolean => {
    const peer = socket.remoteAddress ?? "";
    if (!isLoopback(peer, 0) || isProxy(peer, 0)) return false;
    if (!Object.keys(headers).every((name) => browserHeader.test(name))) return false;
    // A host in the request target takes precedence over `Host` (RFC 9112, 3.2.2), so a target that is not a path is
    // rejected.
    if (!url?.startsWith("/") || !plainHost.test(headers.host ?? "")) return false;
    const host = URL.parse(`http://${headers.host}`)?.hostname ?? "";
    return host === ownHost || loopbackName.test(host);
  };
}

const loopbackName = /^(([^.]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/;
