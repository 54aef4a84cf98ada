import type { PgBoss, QueueOptions, QueuePolicy, QueueResult } from "pg-boss";
import { daySeconds, hourSeconds } from "../clock.ts";
import type { Job } from "./job.ts";

/** Where jobs end up that failed for good; nobody works on them until somebody tries them again. */
export const deadLetterQueue = "dead-letters";

/**
 * Silence of a worker, in seconds, after which its jobs are given to another. The library allows no less. Workers
 * speak up several times as often, so that one that is merely busy keeps its jobs.
 */
const heartbeatSeconds = 10;

/** How often a worker speaks up for the jobs that it runs, in seconds. */
export const heartbeatRefreshSeconds = 2;

/** Jobs wait this long for a worker, in seconds, before they are given up: longer than any outage. */
const retentionSeconds = 60 * daySeconds;

/** What is done is kept this long, in seconds; it is of no use but to the curious, and slows the queues down. */
const deleteAfterSeconds = hourSeconds;

/**
 * Makes the queue of each job that has none, and updates those that an older version made with other settings. It must have
 * run before anything is enqueued or worked on.
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
 * Makes the schedules those of these jobs: of any number of workers one enqueues each time. What came due while no worker
 * ran is made up for once.
 */
export async function declareSchedules(boss: PgBoss, jobs: readonly Job<object>[]): Promise<void> {
  const scheduled = jobs.filter((job) => job.cron !== undefined);
  for (const { name } of await boss.getSchedules()) {
    if (!scheduled.some((job) => job.name === name)) await boss.unschedule(name);
  }
  for (const { name, cron = "" } of scheduled) await boss.schedule(name, cron, {}, { tz: "UTC", missed: "once" });
}
