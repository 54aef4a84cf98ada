import { DatabaseSync } from "node:sqlite";
import { StartupError } from "../startup-error.ts";

/** A lock on a directory, held until it is released or the process ends. */
interface DirectoryLock {
  release(): void;
}

/** The time to wait for the lock, in case its owner is just stopping. */
const timeoutMillis = 1000;

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5;

/**
 * Locks the directory of an embedded database against other processes. Two processes that write the same embedded database
 * destroy it, and PGlite does not prevent that. Node has no file locks, so this takes the write lock of an SQLite file beside
 * the directory. The operating system releases the lock when the process ends, even after a crash. Throws
 * {@link StartupError}.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = new DatabaseSync(`${directory}.lock`, { timeout: timeoutMillis });
  try {
    noteOwner(file);
    file.exec("begin immediate");
    return { release: () => file.close() };
  } catch (cause) {
    const owner = readOwner(file);
    file.close();
    if (!isBusy(cause)) throw cause;
    const message = `The embedded database in ${directory} is open in process ${owner}. Stop that one first, or set DATABASE_URL.`;
    throw new StartupError("DatabaseInUseError", message, { cause });
  }
}

/** Writes and commits the process id, because other processes can read only committed data while the lock is held. */
function noteOwner(file: DatabaseSync): void {
  file.exec("begin immediate; create table if not exists owner (process_id integer)");
  file.exec(`delete from owner; insert into owner values (${process.pid}); commit`);
}

function readOwner(file: DatabaseSync): string {
  try {
    return String(file.prepare("select process_id from owner").get()?.["process_id"] ?? "unknown");
  } catch {
    return "unknown";
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === busy;
}
