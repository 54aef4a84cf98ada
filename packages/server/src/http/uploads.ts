import { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingAsyncHookHandler } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { authenticateCall, authenticateScoped } from "../rpc/credential.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";
import { createContext } from "./request-info.ts";

/** A form has the file, and perhaps a few fields before it. */
const limits = { files: 1, fields: 9, parts: 10, headerPairs: 10, headerSize: 4096 };

/** Accepts bodies of these media types alone, each as the bytes of a file; a refusal of another type names them. */
export function acceptFiles(app: FastifyInstance, mediaTypes: readonly string[]): void {
  app.removeAllContentTypeParsers();
  for (const mediaType of mediaTypes) {
    app.addContentTypeParser(mediaType, { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
      mediaType === "multipart/form-data" ? await readForm(request, body) : body,
    );
  }
  app.addContentTypeParser("*", async () => {
    throw new GatehouseError("UNSUPPORTED_MEDIA_TYPE", { detail: `Send one of: ${mediaTypes.join(", ")}.` });
  });
}

/**
 * Returns a hook that authenticates the caller before the body is read, so that strangers cannot make the server read large
 * bodies, and limits the uploads that run at once. The procedure authenticates the caller again.
 */
export function admitUpload(deps: Dependencies, meta: ProcedureMeta): preParsingAsyncHookHandler {
  return async (request, reply, payload) => {
    const userId = await callerOf(deps, meta, { request, reply });
    const leave = deps.limits.uploads.enter(userId);
    // Emitted once, after the answer or when the connection is lost.
    reply.raw.once("close", leave);
    return payload;
  };
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function callerOf(deps: Dependencies, { scope }: ProcedureMeta, exchange: Exchange): Promise<string> {
  const ctx = createContext(deps, exchange);
  const actor = scope === undefined ? await authenticateCall(ctx) : await authenticateScoped(ctx, scope);
  return actor.userId;
}

/** Returns the only file of a form (RFC 7578). Throws `INVALID_BODY` if the form is malformed, or has no file or several. */
async function readForm({ headers }: FastifyRequest, body: Buffer): Promise<Buffer> {
  let file: Buffer | undefined;
  let cause: unknown;
  try {
    file = await findFile(headers["content-type"] ?? "", body);
  } catch (error) {
    cause = error;
  }
  if (file !== undefined) return file;
  throw new GatehouseError("INVALID_BODY", { detail: "The form cannot be read, or does not have one file.", cause });
}

/** Reads the form in slices, so that it stops soon after one part too many. */
function findFile(contentType: string, body: Buffer): Promise<Buffer | undefined> {
  const source = Readable.from(slicesOf(body));
  const reading = new Promise<Buffer | undefined>((resolve, reject) => {
    const form = new Busboy({ headers: { "content-type": contentType }, limits });
    const refuse = () => reject(new Error("The form has too many parts."));
    let file: Buffer[] | undefined;
    form.on("file", (_field, content) => {
      const chunks: Buffer[] = [];
      file = chunks;
      content.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
    });
    form.on("partsLimit", refuse).on("fieldsLimit", refuse).on("filesLimit", refuse);
    form.on("error", reject).on("finish", () => resolve(file && Buffer.concat(file)));
    source.pipe(form);
  });
  return reading.finally(() => source.destroy());
}

const sliceBytes = 16 * 1024;

/** Asynchronous, so that the reader can stop between two slices. */
async function* slicesOf(body: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < body.length; start += sliceBytes) yield body.subarray(start, start + sliceBytes);
}
