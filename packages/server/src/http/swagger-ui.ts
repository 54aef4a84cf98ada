import swaggerUiPlugin from "@fastify/swagger-ui";
import { type FastifyInstance, fastify } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { type Document, toDocument } from "./document.ts";
import { onFirstRead } from "./on-first-read.ts";
import type { OpenApiDocument } from "./openapi.ts";

/** The addresses of the page and of everything that it loads, besides `/docs/json`. */
export const swaggerUiPaths = [
  "/docs",
  "/docs/",
  "/docs/static/favicon-16x16.png",
  "/docs/static/favicon-32x32.png",
  "/docs/static/index.css",
  "/docs/static/swagger-initializer.js",
  "/docs/static/swagger-ui-bundle.js",
  "/docs/static/swagger-ui-standalone-preset.js",
  "/docs/static/swagger-ui.css",
] as const;

type SwaggerUiPath = (typeof swaggerUiPaths)[number];

/**
 * Returns a function that reads a file of Swagger UI. The first call reads all of them and keeps them in memory, so that no later
 * request opens a file.
 */
export function createSwaggerUi(api: () => Promise<OpenApiDocument>): (path: SwaggerUiPath) => Promise<Document> {
  const documents = onFirstRead(async () => render(await api()));
  return async (path) => {
    const document = (await documents()).get(path);
    if (document === undefined) throw new Error(`Swagger UI has no ${path}`);
    return document;
  };
}

/** Requests each address from the plugin once, on a server of its own that does not listen. */
async function render(api: OpenApiDocument): Promise<ReadonlyMap<SwaggerUiPath, Document>> {
  const app = await createRenderer(api);
  try {
    const rendered = swaggerUiPaths.map(async (path) => {
      const { statusCode, headers, rawPayload } = await app.inject(path);
      if (statusCode !== 200) throw new Error(`Swagger UI answers ${statusCode} for ${path}`);
      return [path, toDocument(String(headers["content-type"]), rawPayload)] as const;
    });
    return new Map(await Promise.all(rendered));
  } finally {
    await app.close();
  }
}

async function createRenderer(api: OpenApiDocument): Promise<FastifyInstance> {
  const app = fastify();
  // The UI's plugin requires a plugin of this name, which would generate a document from the routes' schemas.
  const providesApi = fastifyPlugin(async (scope) => void scope.decorate("swagger", () => api), {
    name: "@fastify/swagger",
  });
  await app.register(providesApi);
  await app.register(swaggerUiPlugin, {
    routePrefix: "/docs",
    theme: { title: "Gatehouse API" },
    uiConfig: {
      // Hides the bar that asks for the address of another document.
      layout: "BaseLayout",
      deepLinking: true,
      displayRequestDuration: true,
    },
  });
  return app;
}
