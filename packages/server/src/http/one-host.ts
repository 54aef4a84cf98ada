import type { FastifyInstance } from "fastify";
import { GatehouseError } from "../errors.ts";

/**
 * Refuses requests with several `Host` headers (RFC 9112, 3.2), of which Node keeps the first and a proxy may have believed
 * another. Answers `INVALID_REQUEST`.
 */
export function refuseSecondHost(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw: { rawHeaders } }) => {
    // Names and values take turns.
    const isHost = (text: string, index: number) => index % 2 === 0 && text.length === 4 && /^host$/i.test(text);
    if (rawHeaders.filter(isHost).length > 1) {
      throw new GatehouseError("INVALID_REQUEST", { detail: "The request has more than one Host header." });
    }
  });
}
