import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { sendDocument, toDocument } from "./document.ts";
import { onFirstRead } from "./on-first-read.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { createSwaggerUi, swaggerUiPaths } from "./swagger-ui.ts";

/** Swagger UI needs inline styles and its logo as data; nothing is loaded from elsewhere. */
const uiContentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Adds `/openapi.json`, and Swagger UI at `/docs`, all made for their first reader and then served from memory. Outside
 * production the document is made as soon as the server listens, so that the log tells a developer at once about a schema
 * that it cannot describe.
 */
export function addDocumentation(
  app: FastifyInstance,
  { environment }: Pick<Config, "environment">,
  createApi: () => Promise<OpenApiDocument>,
): void {
  const api = onFirstRead(createApi);
  const document = onFirstRead(async () =>
    toDocument("application/json; charset=utf-8", Buffer.from(JSON.stringify(await api()))),
  );
  if (environment !== "production") makeOnListen(app, api);
  const readUi = createSwaggerUi(api);
  for (const path of ["/openapi.json", "/docs/json"]) {
    app.get(path, async (request, reply) => sendDocument(request, reply, await document()));
  }
  for (const path of swaggerUiPaths) {
    app.get(path, async (request, reply) => {
      reply.header("content-security-policy", uiContentSecurityPolicy);
      return sendDocument(request, reply, await readUi(path));
    });
  }
}

function makeOnListen(app: FastifyInstance, api: () => Promise<OpenApiDocument>): void {
  const make = () =>
    api().catch((err: unknown) => app.log.error({ err }, "/openapi.json and /docs fail: the document cannot be made"));
  app.addHook("onListen", (done) => {
    // The server says first that it is ready.
    setImmediate(make);
    done();
  });
}
