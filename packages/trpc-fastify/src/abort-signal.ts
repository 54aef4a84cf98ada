import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * A signal that aborts when the client leaves: when the connection closes before the response is complete. Node marks a
 * request as aborted if it was neither read to its end nor answered, even if the answer was on its way.
 */
export function abortSignalOf({ raw: request }: FastifyRequest, { raw: response }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => {
    if (!response.writableEnded || request.aborted) controller.abort();
  });
  return controller.signal;
}
