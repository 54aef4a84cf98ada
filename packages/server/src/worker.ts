import { systemCall } from "./audit/call.ts";
import type { Dependencies } from "./dependencies.ts";
import { type OpenOptions, openDependencies } from "./open-dependencies.ts";

/** A process that works on jobs and serves no requests. */
export interface Worker {
  readonly deps: Dependencies;
  /** Waits up to `SHUTDOWN_TIMEOUT_SECONDS` for running jobs, then closes the database. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the same dependencies as a server and starts to work on jobs, even with `JOBS=off`. On PostgreSQL, any number of
 * workers and servers can run side by side; the embedded database belongs to one process. Throws `StartupError`.
 */
export async function createWorker(options: OpenOptions): Promise<Worker> {
  const { deps, jobs, ...opened } = await openDependencies(options, true);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= jobs.drain(deps.config.shutdownTimeoutSeconds).finally(opened[Symbol.asyncDispose]));
  try {
    await jobs.work({ ...deps, call: systemCall });
  } catch (error) {
    await close();
    throw error;
  }
  return { deps, close, [Symbol.asyncDispose]: close };
}
