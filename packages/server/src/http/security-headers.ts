import { Socket } from "node:net";
import cors, { type FastifyCorsOptions } from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import helmet from "helmet";
import type { Config } from "../config.ts";
import { IncomingMessage, ServerResponse } from "./node-http.ts";
import { isNamedOrigin, isOpenToAll, variesByOrigin } from "./origins.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `false` for a route that no other origin may use, whatever CORS allows elsewhere. */
    cors?: false;
  }
}

/** How long a browser uses only HTTPS, in seconds: a year. */
const strictTransportMaxAgeSeconds = 31_536_000;

/** How long a browser may cache the response to a preflight, in seconds. */
const corsMaxAgeSeconds = 600;

/** Returns the headers of every response. */
export function securityHeaders(config: Config): Readonly<Record<string, string>> {
  // Responses contain tokens and personal data; the few that may be cached set their own header.
  return { "cache-control": "no-store", ...helmetHeaders(config) };
}

/** Adds {@link securityHeaders} to every response of a route. */
export function addSecurityHeaders(app: FastifyInstance, config: Config): void {
  const headers = securityHeaders(config);
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/** Allows calls by browser apps whose origins the operator names. */
export async function addCors(app: FastifyInstance, config: Config): Promise<void> {
  app.addHook("onRequest", (request, reply, done) => {
    const isNamed = isNamedOrigin(config, request.headers.origin ?? "");
    // The plugin would send this header to every origin.
    if (isNamed && request.routeOptions.config.cors !== false) reply.header("access-control-allow-credentials", "true");
    done();
  });
  await app.register(cors, {
    origin: originsOf(config),
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["Deprecation", "Link", "Retry-After", "Sunset", "WWW-Authenticate", "X-Request-Id"],
    maxAge: corsMaxAgeSeconds,
    strictPreflight: false,
  });
}

/** The origins that may read answers. A browser reads no answer to a call with cookies that names none but `*`. */
function originsOf(config: Config): NonNullable<FastifyCorsOptions["origin"]> {
  if (!isOpenToAll(config)) return [...config.corsOrigins];
  if (!variesByOrigin(config)) return "*";
  return (origin, callback) => callback(null, origin !== undefined && isNamedOrigin(config, origin) ? origin : "*");
}

/** Returns helmet's headers, computed once: helmet would compute the same values for each request. */
function helmetHeaders({ publicUrl }: Config): Record<string, string> {
  const setHeaders = helmet({
    // Answers are data: nothing in them may run, load or be framed. The documentation pages set their own.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // Another origin may read what CORS lets it read.
    crossOriginResourcePolicy: { policy: "cross-origin" },
    strictTransportSecurity: publicUrl.startsWith("https:") ? { maxAge: strictTransportMaxAgeSeconds } : false,
  });
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  setHeaders(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
}
