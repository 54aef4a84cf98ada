import type { TestServer } from "./server.ts";
import type { TestRequest } from "./sound-requests.ts";

/** How a request is sent. */
export type Transport = (app: TestServer["app"], request: TestRequest) => Promise<object>;

/** Sends a request and returns what a user can notice: the response, and what happened on the server. */
export async function observe({ app, log }: TestServer, request: TestRequest, send: Transport): Promise<object> {
  const response = await send(app, request);
  // The calls of a batch run side by side, and so their events have no order among each other.
  const isBatch = /,|%2c/i.test(request.path);
  const events = log.take();
  return { request, response, events: isBatch ? events.toSorted() : events };
}
