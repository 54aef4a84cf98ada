import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import helmet from "helmet";
import type { Config } from "../config.ts";

/** How long a browser may keep to HTTPS, in seconds: a year. */
const strictTransportMaxAgeSeconds = 31_536_000;

/** How long a browser may remember what CORS allows, in seconds. */
const corsMaxAgeSeconds = 600;

/** Puts on every answer what browsers are to do with it, and lets those call whom the operator names. */
export async function addSecurityHeaders(app: FastifyInstance, config: Config): Promise<void> {
  const headers = {
    // Answers hold tokens and people's data; the few that may be kept say so themselves.
    "cache-control": "no-store",
    ...helmetHeaders(config),
  };
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  await app.register(cors, {
    origin: config.corsOrigins.includes("*") ? "*" : [...config.corsOrigins],
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["Retry-After", "WWW-Authenticate", "X-Request-Id"],
    maxAge: corsMaxAgeSeconds,
    strictPreflight: false,
  });
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
