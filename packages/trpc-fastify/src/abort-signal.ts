import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * A signal for when the client has gone: aborted as the connection closes, unless the response was complete by then.
 * Node marks a request as aborted that was neither read to its end nor answered, even where the answer was on its way.
 */
export function abortSignalOf({ raw: request }: FastifyRequest, { raw: response }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => {
    if (!response.writableEnded || request.aborted) controller.abort();
  });
  return controller.signal;
}
