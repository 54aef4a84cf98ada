import { DatabaseSync } from "node:sqlite";
import { StartupError } from "../startup-error.ts";

/** A directory that nobody else can lock until it is released, or the process ends. */
interface DirectoryLock {
  release(): void;
}

/** How long to wait for a process that is just stopping, in milliseconds. */
const timeoutMillis = 1000;

/** SQLITE_BUSY: somebody else holds the lock. */
const busy = 5;

/**
 * Two processes that write the same embedded database destroy it, and PGlite does not notice; this lock does. It is
 * the write lock of an SQLite file beside the directory, since Node offers no lock on files of its own: the operating
 * system ends it with the process, however that ends. Throws {@link StartupError}.
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

/** Commits the process id, since others can read only that while the lock is held. */
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
