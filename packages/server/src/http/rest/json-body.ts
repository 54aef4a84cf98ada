import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatehouseError } from "../../errors.ts";
import { assertBounded, UnreadableInputError } from "../../rpc/input-bounds.ts";
import { decodeUtf8Body } from "../request-body.ts";

/**
 * Bodies are JSON or nothing. An empty one counts as none, so that an operation whose fields are all optional can be
 * called without; what is nested too deep, or reaches for prototypes, is refused with the rest of the malformed.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8Body(body)),
  );
}

function parseJson(text: string): unknown {
  try {
    // A byte order mark is no part of the document, and may be there (RFC 8259, 8.1).
    const document: unknown = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
    assertBounded(document);
    return document;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof UnreadableInputError)) throw cause;
    throw new GatehouseError("INVALID_BODY", { detail: cause.message, cause });
  }
}
