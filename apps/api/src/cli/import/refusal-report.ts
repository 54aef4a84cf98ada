import { constants } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import type { RefusalReport } from "@gatehouse/server/import";
import { CommandError } from "../command-error.ts";

/** Access for the operator only, since the report links users of the other system to users of this one. */
const ownerOnly = 0o600;

/**
 * Returns a report that is kept in a file, which is created at the first refusal. Only the process that holds the import opens
 * the file, for each batch and at the end, so a second process never touches the report of the first. The methods throw
 * {@link CommandError}.
 */
export function createRefusalReport(path: string): RefusalReport {
  return {
    async append(refusals, afterBytes) {
      try {
        return await (refusals.length === 0 ? shorten(path, afterBytes) : write(path, refusals, afterBytes));
      } catch (cause) {
        throw asCommandError(path, cause);
      }
    },
  };
}

/** Throws {@link CommandError} if the report would be written over the file that is imported. */
export async function assertApart(reportPath: string, sourcePath: string): Promise<void> {
  const [report, source] = await Promise.all([
    stat(reportPath).catch(() => undefined),
    stat(sourcePath).catch(() => undefined),
  ]);
  if (report === undefined || report.ino !== source?.ino || report.dev !== source.dev) return;
  throw new CommandError(`The report would replace ${sourcePath}; name another file with --report.`);
}

async function write(path: string, refusals: readonly unknown[], afterBytes: number): Promise<number> {
  // Not "a", which ignores positions, and not "w", which empties the file.
  await using file = await openFile(path, constants.O_RDWR | constants.O_CREAT);
  const start = await cut(file, afterBytes);
  const lines = Buffer.from(refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join(""));
  await file.write(lines, 0, lines.length, start);
  await file.datasync();
  return start + lines.length;
}

/** Removes a report that has no lines left. */
async function shorten(path: string, bytes: number): Promise<number> {
  const length = await shortenIfThere(path, bytes).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  });
  if (length === 0) await rm(path, { force: true });
  return length;
}

async function shortenIfThere(path: string, bytes: number): Promise<number> {
  await using file = await openFile(path, constants.O_RDWR);
  const length = await cut(file, bytes);
  await file.datasync();
  return length;
}

/** Refuses a device such as `/dev/null`, which can neither be shortened nor removed. */
async function openFile(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags, ownerOnly);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error("it is not a file");
}

/** Shortens the file to at most this many bytes and returns its length, which is less if the file was shorter already. */
async function cut(file: FileHandle, bytes: number): Promise<number> {
  const { size } = await file.stat();
  if (size > bytes) await file.truncate(bytes);
  return Math.min(size, bytes);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function asCommandError(path: string, cause: unknown): CommandError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CommandError(
    `The report ${path} cannot be written: ${reason}. Correct that and run the same command to continue, or name another file with --report.`,
    { cause },
  );
}
