import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { errorRegistry, GatehouseError, type GatehouseErrorCode } from "../errors.ts";
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
  app.get("/", async (_request, reply) => reply.redirect("/docs"));
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

/** Adds a page for each error code at `/docs/errors/CODE`, the URL in the `type` of a problem document. */
export function addErrorPages(app: FastifyInstance, { isDocumented }: Pick<Config, "isDocumented">): void {
  app.get<{ Params: { code: string } }>("/docs/errors/:code", async (request, reply) => {
    const { code } = request.params;
    if (!isCode(code))
      throw new GatehouseError("NOT_FOUND", { detail: `There is no error code ${JSON.stringify(code)}.` });
    await reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
      .send(errorPage(code, isDocumented));
  });
}

function isCode(code: string): code is GatehouseErrorCode {
  return Object.hasOwn(errorRegistry, code);
}

function errorPage(code: GatehouseErrorCode, isDocumented: boolean): string {
  const { status, title, meaning, remedy } = errorRegistry[code];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${code} · Gatehouse</title>
<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}code{font-size:1.1em}</style>
<h1>${title}</h1>
<p><code>${code}</code> · HTTP ${status}</p>
<h2>What it means</h2>
<p>${toHtml(meaning)}</p>
<h2>What to do</h2>
<p>${toHtml(remedy)}</p>
${isDocumented ? '<p><a href="/docs">All operations</a></p>\n' : ""}</html>
`;
}

/** Renders a text of the registry, which contains `code` and no HTML. */
function toHtml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return escaped.replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
