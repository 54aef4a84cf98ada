import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatehouseError } from "../../errors.ts";
import { assertBounded, UnreadableInputError } from "../../rpc/input-bounds.ts";
import { decodeUtf8Body } from "../request-body.ts";

/**
 * Accepts only JSON bodies. An empty body counts as missing, so that an operation with only optional fields can be called
 * without a body. A body that is nested too deeply, or has keys that refer to prototypes, is rejected as malformed.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8Body(body)),
  );
}

function parseJson(text: string): unknown {
  try {
    // A byte order mark may precede the document (RFC 8259, 8.1).
    const document: unknown = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
    assertBounded(document);
    return document;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof UnreadableInputError)) throw cause;
    throw new GatehouseError("INVALID_BODY", { detail: cause.message, cause });
  }
}
