import type { FastifyInstance, HTTPMethods, InjectOptions } from "fastify";
import type { TestRequest } from "./sound-requests.ts";

/** A response as the client sees it. */
export interface SeenResponse {
  readonly status: number;
  /** In order, without the date and the headers that delimit the body. */
  readonly headers: readonly (readonly [string, unknown])[];
  readonly body: string;
}

/** A connection that was cut. */
export interface SeenFailure {
  readonly failure: string;
}

/** The headers that delimit a body. They are the one difference: our adapter knows the length, the stock adapter streams. */
const framing = ["content-length", "transfer-encoding"];

/** Hands a request to a server without a socket. */
export async function inject(app: FastifyInstance, request: TestRequest): Promise<SeenResponse | SeenFailure> {
  const { method, path, query, headers, body } = request;
  const options: InjectOptions = {
    method: method as HTTPMethods,
    url: `/trpc/${path}${query === "" ? "" : `?${query}`}`,
    headers,
    ...(body !== undefined && method !== "GET" && method !== "HEAD" && { payload: body }),
  };
  const response = await app.inject(options).catch((error: Error) => error);
  if (response instanceof Error) return { failure: response.message };
  const { "content-length": length } = response.headers;
  if (length !== undefined && method !== "HEAD" && Number(length) !== response.rawPayload.length) {
    throw new Error(`The body has ${response.rawPayload.length} bytes, and not ${length}.`);
  }
  return {
    status: response.statusCode,
    headers: Object.entries(response.headers).filter(([name]) => ![...framing, "date"].includes(name)),
    body: response.rawPayload.toString("latin1"),
  };
}
