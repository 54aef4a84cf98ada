import type { FastifyRequest } from "fastify";
import type { Inputs } from "./inputs.ts";
import { asksForStream } from "./plain-call.ts";

const bytes = "application/octet-stream";

/** The input of a call whose body is bytes. As in tRPC, an error that occurs before it was read is reported without it. */
export class BytesInput implements Inputs {
  readonly #bytes: Buffer;
  #isRead = false;

  constructor(body: Buffer) {
    this.#bytes = body;
  }

  async read(): Promise<unknown> {
    this.#isRead = true;
    return this.#bytes;
  }

  peek(): unknown {
    return this.#isRead ? this.#bytes : undefined;
  }
}

/**
 * Returns the bytes of a POST that a parser of Fastify has read as a buffer, and `undefined` for any other request. The stock
 * handler would pass such bytes on as the JSON text of a `Buffer`.
 */
export function readBytes({ raw, body }: FastifyRequest): Buffer | undefined {
  const isBytes =
    raw.method === "POST" && raw.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() === bytes;
  return isBytes && Buffer.isBuffer(body) && !asksForStream(raw.headers) ? body : undefined;
}
