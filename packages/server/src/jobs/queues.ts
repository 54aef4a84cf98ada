import type { PgBoss, QueueOptions, QueuePolicy, QueueResult } from "pg-boss";
import { daySeconds, hourSeconds } from "../clock.ts";
import type { Job } from "./job.ts";

/** The queue of jobs that failed permanently. No worker runs them until an operator retries them. */
export const deadLetterQueue = "dead-letters";

/**
 * Seconds without a heartbeat after which a worker's jobs are given to another; the library allows no less. Workers send
 * heartbeats several times as often, so that a busy worker keeps its jobs.
 */
const heartbeatSeconds = 10;

/** Seconds between a worker's heartbeats for the jobs that it runs. */
export const heartbeatRefreshSeconds = 2;

/** Seconds that a job waits for a worker before it is given up: longer than any outage. */
const retentionSeconds = 60 * daySeconds;

/** Seconds that a finished job is kept. Finished jobs only help to investigate, and slow the queues down. */
const deleteAfterSeconds = hourSeconds;

/**
 * Creates the missing queues of the jobs, and updates queues that an older version created with other settings. Call it before
 * anything is enqueued or worked on.
 */
export async function declareQueues(boss: PgBoss, jobs: readonly Job<object>[]): Promise<void> {
  const names = [deadLetterQueue, ...jobs.map(({ name }) => name)];
  const queues = await boss.getQueues(names, { limit: names.length });
  const found = new Map(queues.map((queue) => [queue.name, queue]));
  const dead = { retentionSeconds, deleteAfterSeconds: retentionSeconds };
  if (!found.has(deadLetterQueue)) await boss.createQueue(deadLetterQueue, dead);
  for (const job of jobs) {
    const options = { ...queueOptions(job), deadLetter: deadLetterQueue, notify: true };
    const queue = found.get(job.name);
    if (queue === undefined) {
      await boss.createQueue(job.name, { ...options, policy: policyOf(job) });
    } else if (!hasSettings(queue, options)) {
      await boss.updateQueue(job.name, options);
    }
  }
}

function policyOf({ isSingle, waitsOnce }: Job<object>): QueuePolicy {
  if (isSingle) return "exclusive";
  return waitsOnce ? "short" : "standard";
}

function hasSettings(queue: QueueResult, options: QueueOptions): boolean {
  const settings = new Map<string, unknown>(Object.entries(queue));
  return Object.entries(options).every(([name, value]) => settings.get(name) === value);
}

function queueOptions({ retry, timeoutSeconds }: Job<object>): QueueOptions {
  return {
    retryLimit: retry.maxAttempts - 1,
    retryDelay: retry.firstDelaySeconds,
    retryDelayMax: retry.maxDelaySeconds,
    retryBackoff: true,
    expireInSeconds: timeoutSeconds,
    heartbeatSeconds,
    retentionSeconds,
    deleteAfterSeconds,
  };
}

/**
 * Replaces the schedules by those of these jobs. Each time only one job is enqueued, however many workers run. Times that were
 * missed while no worker ran are made up for once.
 */
export async function declareSchedules(boss: PgBoss, jobs: readonly Job<object>[]): Promise<void> {
  const scheduled = jobs.filter((job) => job.cron !== undefined);
  for (const { name } of await boss.getSchedules()) {
    if (!scheduled.some((job) => job.name === name)) await boss.unschedule(name);
  }
  for (const { name, cron = "" } of scheduled) await boss.schedule(name, cron, {}, { tz: "UTC", missed: "once" });
}
