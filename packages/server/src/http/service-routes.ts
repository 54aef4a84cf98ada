import type { FastifyInstance } from "fastify";
import { relatedOrigins } from "../config-passkeys.ts";
import { keySetMaxAgeSeconds } from "../crypto/access-token.ts";
import { isReachable } from "../database/health.ts";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { createReadiness } from "./readiness.ts";

interface ServiceRoutesOptions {
  readonly deps: Pick<Dependencies, "config" | "db" | "clock" | "signingKeys">;
  /** Whether the server has begun to stop. */
  readonly isStopping: () => boolean;
}

/** Adds the routes for operators, load balancers and relying parties: health, the public keys, and the sites that share passkeys. */
export function addServiceRoutes(app: FastifyInstance, { deps, isStopping }: ServiceRoutesOptions): void {
  const isReady = createReadiness(deps, () => isReachable(deps.db));
  // Health checks are not rate limited: a probe often has the address of a proxy, and after a flood through that proxy the
  // platform would restart a healthy server. A refusal would cost as much as the response.
  const config = { counts: "nothing" } as const;
  app.get("/health/live", { config }, async () => ({ status: "ok" }));
  app.get("/health/ready", { config }, async () => {
    if (isStopping()) throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The server is stopping." });
    if (await isReady()) return { status: "ok" };
    throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The database cannot be reached." });
  });
  app.get("/.well-known/jwks.json", async (_request, reply) => {
    await reply
      .type("application/jwk-set+json")
      .header("cache-control", `public, max-age=${keySetMaxAgeSeconds}`)
      .send(JSON.stringify(deps.signingKeys.publicKeySet(deps.clock.now())));
  });
  addRelatedOrigins(app, relatedOrigins(deps.config.passkeys));
}

/** Tells browsers which other sites may use the passkeys of this domain (WebAuthn Level 3, 5.11), if there are any. */
function addRelatedOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.get("/.well-known/webauthn", async (_request, reply) => {
    await reply.type("application/json").send(JSON.stringify({ origins }));
  });
}
