import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { CommandError } from "../command-error.ts";
import { openCsv } from "./csv.ts";
import type { ImportSource, ReadFrom } from "./import-source.ts";
import { readNdjson } from "./ndjson.ts";

/** The format of the records. */
export type ImportFormat = "ndjson" | "csv";

/** The formats; each name is also the file extension. */
export const importFormats: readonly ImportFormat[] = ["ndjson", "csv"];

const chunkBytes = 256 * 1024;

/** Opens the file in the given format, or in the format of its extension. Throws {@link CommandError}. */
export async function openSource(path: string, format = formatOf(path)): Promise<ImportSource> {
  const { sizeBytes, digest } = await identify(path);
  const readFrom: ReadFrom = (start) => createReadStream(path, { start, highWaterMark: chunkBytes });
  const read = format === "csv" ? await openCsv(readFrom) : readNdjson(readFrom);
  return { sizeBytes, digest, read };
}

function formatOf(path: string): ImportFormat {
  const ending = extname(path).slice(1).toLowerCase();
  const format = importFormats.find((name) => name === ending);
  if (format !== undefined) return format;
  throw new CommandError(
    `The name of ${path} does not tell its format. Add --format ${importFormats.join(" or --format ")}.`,
  );
}

async function identify(path: string): Promise<{ sizeBytes: number; digest: Uint8Array }> {
  try {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) hash.update(chunk);
    return { sizeBytes: (await stat(path)).size, digest: hash.digest() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${path} cannot be read: ${reason}`, { cause });
  }
}
