import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { errorRegistry, GatehouseError, type GatehouseErrorCode } from "../errors.ts";
import type { OpenApiDocument } from "./openapi.ts";

/** Swagger UI needs inline styles and its logo as data; nothing is loaded from elsewhere. */
const uiContentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** `/openapi.json`, Swagger UI at `/docs`, and a page for each error code at `/docs/errors/CODE`. */
export async function addDocumentation(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const json = JSON.stringify(document);
  app.get("/openapi.json", async (_request, reply) => {
    await reply.type("application/json; charset=utf-8").header("cache-control", "no-cache").send(json);
  });
  app.get("/", async (_request, reply) => reply.redirect("/docs"));
  addErrorPages(app);
  await app.register(async (scope) => {
    await scope.register(providesDocument(document));
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      staticCSP: uiContentSecurityPolicy,
      theme: { title: "Gatehouse API" },
      uiConfig: {
        // Without the bar that asks for another document's address.
        layout: "BaseLayout",
        deepLinking: true,
        displayRequestDuration: true,
      },
    });
  });
}

/**
 * The UI's plugin asks `swagger()` for the document and looks for the plugin of this name, which would make one of the
 * routes' schemas. Ours is made already. JSON does for YAML too, being a part of it (YAML 1.2).
 */
function providesDocument(document: OpenApiDocument) {
  const swagger = ({ yaml = false } = {}) => (yaml ? JSON.stringify(document, null, 2) : document);
  return fastifyPlugin(async (app) => void app.decorate("swagger", swagger), { name: "@fastify/swagger" });
}

function addErrorPages(app: FastifyInstance): void {
  app.get<{ Params: { code: string } }>("/docs/errors/:code", async (request, reply) => {
    const { code } = request.params;
    if (!isCode(code))
      throw new GatehouseError("NOT_FOUND", { detail: `There is no error code ${JSON.stringify(code)}.` });
    await reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
      .send(errorPage(code));
  });
}

function isCode(code: string): code is GatehouseErrorCode {
  return Object.hasOwn(errorRegistry, code);
}

function errorPage(code: GatehouseErrorCode): string {
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
<p><a href="/docs">All operations</a></p>
</html>
`;
}

/** The registry's texts, which hold \`code\` and no HTML. */
function toHtml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return escaped.replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
