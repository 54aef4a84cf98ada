import type { Config } from "../config.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { startBoss } from "./boss.ts";
import type { JobHandler } from "./job.ts";
import { createJobQueue, type JobQueue } from "./queue.ts";
import { declareQueues, declareSchedules } from "./queues.ts";
import { JobWorker, type JobWorkerDeps } from "./worker.ts";

/** Starts work that a worker does besides its jobs. */
export type BackgroundWork<Deps> = (deps: Deps) => RunningWork;

interface RunningWork {
  /** Takes nothing more, and resolves when what is under way has ended. */
  stop(): Promise<void>;
  /** Lets what is under way end at once. */
  abort(): void;
}

interface JobRuntimeOptions<Deps> {
  readonly config: Pick<Config, "database" | "jobs">;
  readonly db: Database;
  readonly log: Logger;
  /** All jobs that are enqueued or worked on, with their handlers. */
  readonly handlers: readonly JobHandler<Deps>[];
  /** What a worker does besides jobs. Default: nothing. */
  readonly background?: readonly BackgroundWork<Deps>[];
  /** Whether {@link JobRuntime.work} will be called; without it this process only enqueues. */
  readonly isWorker: boolean;
}

/** The queues of a process, and its worker if it has one. */
export interface JobRuntime<Deps> {
  readonly queue: JobQueue;
  /** Starts the worker. */
  work(deps: Deps): Promise<void>;
  /** Takes no more jobs, and waits at most this many seconds for running ones. */
  drain(deadlineSeconds: number): Promise<void>;
  /** Aborts running jobs, returns them to the queue, and disconnects from the database. */
  close(): Promise<void>;
}

/** Opens the queues; the database must have been migrated. */
export async function openJobs<Deps extends JobWorkerDeps>({
  config,
  db,
  log,
  handlers,
  background = [],
  isWorker,
}: JobRuntimeOptions<Deps>): Promise<JobRuntime<Deps>> {
  const jobs = handlers.map(({ job }) => job);
  refuseRepeatedNames(jobs.map(({ name }) => name));
  const boss = await startBoss({ database: config.database, db, log, role: isWorker ? "worker" : "producer" });
  const running: RunningWork[] = [];
  const close = async () => {
    await stopAll(running, 0);
    await boss.stop({ graceful: false });
  };
  try {
    await declareQueues(boss, jobs);
  } catch (error) {
    await close();
    throw error;
  }
  let worker: JobWorker<Deps> | undefined;
  return {
    queue: createJobQueue(boss),
    async work(deps) {
      await declareSchedules(boss, jobs);
      worker = new JobWorker(boss, deps);
      await worker.start(handlers, config.jobs.concurrency);
      running.push(...background.map((start) => start(deps)));
    },
    async drain(deadlineSeconds) {
      await Promise.all([worker?.drain(deadlineSeconds), stopAll(running, deadlineSeconds)]);
    },
    close,
  };
}

function refuseRepeatedNames(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new Error(`There are two jobs named ${repeated}`);
}

/** Stops background work, and aborts what is under way at the deadline. */
async function stopAll(running: readonly RunningWork[], deadlineSeconds: number): Promise<void> {
  const deadline = setTimeout(() => {
    for (const work of running) work.abort();
  }, deadlineSeconds * 1000);
  try {
    await Promise.all(running.map((work) => work.stop()));
  } finally {
    clearTimeout(deadline);
  }
}
