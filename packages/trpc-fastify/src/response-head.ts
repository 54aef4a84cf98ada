import type { ResponseMeta } from "@trpc/server/http";
import { sseHeaders } from "@trpc/server/unstable-core-do-not-import";
import type { FastifyReply } from "fastify";

const vary = "trpc-accept, accept";
const json = "application/json";
/** What Fetch says of a text whose type is not given; tRPC answers so where it fails early. */
const plainText = "text/plain;charset=UTF-8";

/** The headers of a response. The usual ones make no `Headers`, which would take longer than the rest of the response. */
export class ResponseHead {
  #isJson = false;
  #headers: Headers | undefined;

  /** From here on the body is known to be JSON. */
  declareJson(): void {
    this.#isJson = true;
  }

  /** From here on the body is known to be a stream of events, which nobody on its way may keep or hold back. */
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
   * Puts status and headers on the reply, and returns what to send. Where they are out of the ordinary that is a
   * `Response`, so that Fetch and Fastify say what becomes of them; throws where Fetch allows no such response.
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

  /** The same for a body that is streamed. Throws where Fetch allows no response with a body. */
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

/** Where a reply has no serializer, Fastify adds a charset to the type of a JSON text. */
function toText(payload: unknown): string {
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

/** A status that may come with a body. */
function isPlainStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599 && ![204, 205, 304].includes(status);
}
