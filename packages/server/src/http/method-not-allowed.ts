import type { FastifyInstance } from "fastify";
import { GatehouseError } from "../errors.ts";
import { sendProblem } from "./problem.ts";

/** The methods that a wrong call may come with; CORS answers OPTIONS everywhere. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"] as const;

/**
 * Makes every address answer 405 with `Allow` to the methods that it does not have. Call it before the first route is
 * added, and what it answers with after the last.
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
    // Decided before the body is read: whatever it holds, the answer is the same.
    onRequest: async (_request, reply) => {
      reply.header("allow", allow);
      const error = new GatehouseError("METHOD_NOT_ALLOWED", { detail: `Allowed: ${allow}` });
      return sendProblem(reply, error, { publicUrl });
    },
    handler: async () => undefined,
  });
}
