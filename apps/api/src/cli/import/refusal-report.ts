import { type FileHandle, open, rm } from "node:fs/promises";
import type { RefusalReport } from "@gatehouse/server/import";

/** The report as a file; closing it removes it if nothing was refused. */
export interface RefusalFile extends RefusalReport, AsyncDisposable {}

/** For the operator only: it says which users of the other system are which here. */
const ownerOnly = 0o600;

/** Opens the report as it is. */
export async function openRefusalReport(path: string): Promise<RefusalFile> {
  const file = await openOrCreate(path);
  return {
    async append(refusals, afterBytes) {
      const start = await cut(file, afterBytes);
      const lines = Buffer.from(refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join(""));
      await file.write(lines, 0, lines.length, start);
      await file.datasync();
      return start + lines.length;
    },
    async [Symbol.asyncDispose]() {
      const { size } = await file.stat();
      await file.close();
      if (size === 0) await rm(path);
    },
  };
}

async function openOrCreate(path: string): Promise<FileHandle> {
  // Not "a", which ignores positions, nor "w", which empties.
  return await open(path, "r+").catch(() => open(path, "wx+", ownerOnly));
}

/** Answers with the length, which is less than asked for where somebody else made the file shorter. */
async function cut(file: FileHandle, bytes: number): Promise<number> {
  const { size } = await file.stat();
  if (size > bytes) await file.truncate(bytes);
  return Math.min(size, bytes);
}
