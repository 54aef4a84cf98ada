import type { FastifyInstance, FastifyRequest } from "fastify";
import { parse } from "secure-json-parse";
import { GatehouseError } from "../../errors.ts";
import { decodeUtf8Body } from "../utf8-body.ts";

/**
 * Bodies are JSON or nothing. An empty one counts as none, so that an operation whose fields are all optional can be
 * called without; keys that reach for prototypes are refused with the rest of the malformed.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(decodeUtf8Body(body)),
  );
}

function parseJson(text: string): unknown {
  try {
    return parse(text, { protoAction: "error", constructorAction: "error" });
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new GatehouseError("INVALID_BODY", { detail: cause.message, cause });
  }
}
