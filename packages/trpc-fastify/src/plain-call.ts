import type { IncomingHttpHeaders } from "node:http";
import type { FastifyRequest } from "fastify";

const json = "application/json";
const jsonLines = "application/jsonl";

/** Whether the request is a GET or a POST of JSON text, and does not ask for a streamed answer. */
export function isPlainCall({ raw, body }: FastifyRequest): boolean {
  const { headers, method } = raw;
  if (asksForStream(headers)) return false;
  if (method === "GET") return headers["content-type"] === undefined || isJson(headers["content-type"]);
  return method === "POST" && isJson(headers["content-type"]) && isPlainText(body);
}

/** Whether the body is text without a byte order mark at its start, which only the stock handler treats as Fetch does. */
function isPlainText(body: unknown): boolean {
  return typeof body === "string" && !body.startsWith("\uFEFF");
}

/** Whether the client asks for a streamed answer. Only streaming clients send `trpc-accept`. */
export function asksForStream(headers: IncomingHttpHeaders): boolean {
  return headers["trpc-accept"] !== undefined || headers.accept?.includes(jsonLines) === true;
}

function isJson(contentType: string | undefined): boolean {
  return contentType === json || contentType?.split(";", 1)[0]?.trim().toLowerCase() === json;
}
