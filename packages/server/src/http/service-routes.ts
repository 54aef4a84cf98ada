import type { FastifyInstance } from "fastify";
import type { JsonWebKeySet } from "../auth/signing-key/index.ts";
import { isReachable } from "../database/health.ts";
import type { Database } from "../database/index.ts";
import { GatehouseError } from "../errors.ts";

/** How long a relying party may keep the key set, in seconds. */
const jwksMaxAgeSeconds = 300;

interface ServiceRoutesOptions {
  readonly db: Database;
  readonly jwks: JsonWebKeySet;
  /** Whether the server has begun to stop. */
  readonly isStopping: () => boolean;
}

/** What operators, load balancers and relying parties ask for: health and the public keys. */
export function addServiceRoutes(app: FastifyInstance, options: ServiceRoutesOptions): void {
  app.get("/health/live", async () => ({ status: "ok" }));
  app.get("/health/ready", async () => {
    if (options.isStopping()) throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The server is stopping." });
    if (await isReachable(options.db)) return { status: "ok" };
    throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The database cannot be reached." });
  });
  app.get("/.well-known/jwks.json", async (_request, reply) => {
    await reply
      .type("application/jwk-set+json")
      .header("cache-control", `public, max-age=${jwksMaxAgeSeconds}`)
      .send(JSON.stringify(options.jwks));
  });
}
