import type { Dependencies } from "./dependencies.ts";
import { type OpenOptions, openDependencies } from "./open-dependencies.ts";

/** A process that works on jobs and serves nobody. */
export interface Worker {
  readonly deps: Dependencies;
  /** Finishes the jobs that run, for `SHUTDOWN_TIMEOUT_SECONDS` at most, and closes the database. May be called again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens what a server opens and starts to work on its jobs, whatever `JOBS` says. Any number of workers may run beside
 * any number of servers, on PostgreSQL; the embedded database belongs to one process. Throws `StartupError`.
 */
export async function createWorker(options: OpenOptions): Promise<Worker> {
  const { deps, jobs, ...opened } = await openDependencies(options, true);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= jobs.drain(deps.config.shutdownTimeoutSeconds).finally(opened[Symbol.asyncDispose]));
  try {
    await jobs.work(deps);
  } catch (error) {
    await close();
    throw error;
  }
  return { deps, close, [Symbol.asyncDispose]: close };
}
