import type { FastifyInstance } from "fastify";
import { GatehouseError } from "../errors.ts";
import { sendProblem } from "./problem.ts";

/** The methods that can get a 405. OPTIONS is not one, since CORS responds to it at every address. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"] as const;

/**
 * Makes every address respond with 405 and `Allow` to the methods that it does not have. Call it before the first route is
 * added, and call the function that it returns after the last.
 */
export function refuseOtherMethods(app: FastifyInstance, publicUrl: string): () => void {
  const answered = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    answered.set(url, (answered.get(url) ?? new Set()).union(new Set([method].flat())));
  });
  return () => {
    // The routes added here call the hook too, so the map is copied. Folders and wildcards stand for many addresses.
    const addresses = [...answered].filter(([url]) => !/[*/]$/.test(url));
    for (const [url, own] of addresses) addRefusal(app, publicUrl, { url, answered: own });
  };
}

interface Address {
  readonly url: string;
  /** The methods that the address has. */
  readonly answered: ReadonlySet<string>;
}

function addRefusal(app: FastifyInstance, publicUrl: string, { url, answered }: Address): void {
  const allow = [...new Set([...answered, "OPTIONS"])].join(", ");
  app.route({
    method: methods.filter((method) => !answered.has(method)),
    url,
    // Runs before the body is read, since the response does not depend on the body.
    onRequest: async (_request, reply) => {
      reply.header("allow", allow);
      const error = new GatehouseError("METHOD_NOT_ALLOWED", { detail: `Allowed: ${allow}` });
      return sendProblem(reply, error, { publicUrl });
    },
    handler: async () => undefined,
  });
}
