import type { ResponseMeta } from "@trpc/server/http";
import { sseHeaders } from "@trpc/server/unstable-core-do-not-import";
import type { FastifyReply } from "fastify";

const vary = "trpc-accept, accept";
const json = "application/json";
/** Fetch's default type for text; tRPC uses it for early errors. */
const plainText = "text/plain;charset=UTF-8";

/**
 * The headers of a response. The usual ones avoid a `Headers` object, which would take longer than the rest of the
 * response.
 */
export class ResponseHead {
  #isJson = false;
  #headers: Headers | undefined;

  /** Marks the body as JSON. */
  declareJson(): void {
    this.#isJson = true;
  }

  /** Marks the body as a stream of events, which proxies must neither cache nor buffer. */
  declareEventStream(): void {
    this.#headers = new Headers({ vary, ...sseHeaders });
  }

  /** Adds what `responseMeta` returned. */
  add(additions: NonNullable<ResponseMeta["headers"]>): void {
    this.#headers ??= this.#toHeaders();
    if (additions instanceof Headers) {
      for (const [name, value] of additions) this.#headers.append(name, value);
    } else {
      addRecord(this.#headers, additions);
    }
  }

  /**
   * Sets status and headers on the reply, and returns the body. For unusual ones it returns a `Response`, so that Fetch
   * and Fastify decide about them. Throws if Fetch allows no such response.
   */
  complete(reply: FastifyReply, status: number, body: string): string | Response {
    if (!isPlainStatus(status)) return new Response(body, { status, headers: this.#toHeaders() });
    const headers = this.#headers;
    const contentType = this.#isJson ? json : plainText;
    if (headers === undefined) {
      reply.serializer(toText).code(status).header("content-type", contentType).header("vary", vary);
      return body;
    }
    if ((headers.get("content-type") ?? plainText) !== contentType) return new Response(body, { status, headers });
    headers.set("content-type", contentType);
    reply.serializer(toText).code(status);
    for (const [name, value] of headers) reply.header(name, value);
    return body;
  }

  /** Does the same for a streamed body. Throws if Fetch allows no body for the status. */
  completeStream(reply: FastifyReply, status: number): void {
    const { headers } = new Response("", { status, headers: this.#toHeaders() });
    reply.code(status);
    for (const [name, value] of headers) reply.header(name, value);
  }

  #toHeaders(): Headers {
    return this.#headers ?? new Headers(this.#isJson ? { "content-type": json, vary } : { vary });
  }
}

/** In the form that tRPC deprecates, text replaces and a list adds; anything else is ignored. */
function addRecord(headers: Headers, additions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(additions)) {
    if (typeof value === "string") headers.set(name, value);
    else if (Array.isArray(value)) for (const item of value) headers.append(name, item);
  }
}

/** Without a serializer on the reply, Fastify would add a charset to the type of a JSON text. */
function toText(payload: unknown): string {
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

/** A status that may come with a body. */
function isPlainStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599 && ![204, 205, 304].includes(status);
}
