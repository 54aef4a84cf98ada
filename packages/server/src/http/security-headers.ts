import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import helmet from "helmet";
import type { Config } from "../config.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `false` where no other origin has any business, whomever CORS lets in elsewhere. */
    cors?: false;
  }
}

/** How long a browser may keep to HTTPS, in seconds: a year. */
const strictTransportMaxAgeSeconds = 31_536_000;

/** How long a browser may remember what CORS allows, in seconds. */
const corsMaxAgeSeconds = 600;

/** What every answer tells browsers to do with it, by header. */
export function securityHeaders(config: Config): Readonly<Record<string, string>> {
  // Answers hold tokens and people's data; the few that may be kept say so themselves.
  return { "cache-control": "no-store", ...helmetHeaders(config) };
}

/** Puts them on every answer of a route. */
export function addSecurityHeaders(app: FastifyInstance, config: Config): void {
  const headers = securityHeaders(config);
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/** Lets those browser apps call whose origins the operator names. */
export async function addCors(app: FastifyInstance, config: Config): Promise<void> {
  app.addHook("onRequest", (request, reply, done) => {
    const isNamed = !isOpenToAll(config) && config.corsOrigins.includes(request.headers.origin ?? "");
    // The plugin would say so to every origin.
    if (isNamed && request.routeOptions.config.cors !== false) reply.header("access-control-allow-credentials", "true");
    done();
  });
  await app.register(cors, {
    origin: isOpenToAll(config) ? "*" : [...config.corsOrigins],
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["Retry-After", "WWW-Authenticate", "X-Request-Id"],
    maxAge: corsMaxAgeSeconds,
    strictPreflight: false,
  });
}

/** Whether what CORS says is the same for every origin, so that caches need not tell them apart. */
export function isOpenToAll({ corsOrigins }: Config): boolean {
  return corsOrigins.includes("*");
}

/** What helmet sets on an answer, asked for once: it would work the same texts out for each request. */
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
