import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Bytes written to a connection at a time, so that `Connections` sees a slow reader accept them. */
const chunkBytes = 64 * 1024;

/** A document that is the same for every caller, kept in memory and shared by all responses. */
export interface Document {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

/** Makes a document of a media type and its bytes. */
export function toDocument(type: string, content: Buffer): Document {
  return { type, content, etag: `"${createHash("sha256").update(content).digest("base64url")}"` };
}

/** Sends a document, or 304 if the caller has it in its cache. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, document: Document): FastifyReply {
  reply.headers({ "cache-control": "no-cache", etag: document.etag });
  if (request.headers["if-none-match"] === document.etag) return reply.code(304).send();
  const { type, content } = document;
  reply.type(type).header("content-length", content.length);
  return reply.send(content.length <= chunkBytes ? content : Readable.from(chunksOf(content)));
}

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += chunkBytes) yield content.subarray(start, start + chunkBytes);
}
