import { z } from "zod";
import { hourSeconds } from "../clock.ts";
import { inTransaction } from "../database/connection.ts";
import { defineJob, JobFailure } from "../jobs/job.ts";
import type { JobQueue } from "../jobs/queue.ts";
import type { Logger } from "../logging/logger.ts";
import { listOutdatedVersions, type ReencryptionOptions, type ReencryptionResult, reencrypt } from "./reencrypt.ts";

/** Far longer than an attempt takes, at some thousand values a second. Values resealed by a failed attempt stay resealed. */
const timeoutSeconds = 12 * hourSeconds;

/** The delay before another worker, which may have the newer key, takes the job. */
const retryAfterSeconds = 60;

/**
 * Reseals values of older keys with the current key. A server that starts with a newer key enqueues it. It also runs every
 * night, for values that servers without that key have sealed meanwhile.
 */
export const reencryptionJob = defineJob({
  name: "reencrypt",
  schema: z.strictObject({
    /** The version of the key to seal with. A worker that does not have this key yet leaves the job to others. */
    version: z.int().optional(),
  }),
  cron: "47 3 * * *",
  isSingle: true,
  timeoutSeconds,
});

interface ReencryptionJobOptions extends ReencryptionOptions {
  readonly log: Logger;
}

/** The handler of {@link reencryptionJob}. */
export async function runReencryption(options: ReencryptionJobOptions, version: number | undefined): Promise<void> {
  const { keyRing, log } = options;
  if (version !== undefined && version > keyRing.currentVersion) {
    const message = `This worker encrypts with version ${keyRing.currentVersion}; version ${version} is asked for`;
    throw new JobFailure(message, { retryAfterSeconds });
  }
  const outdated = await listOutdatedVersions(options);
  if (outdated.length === 0) return;
  const result = await reencrypt(options);
  log.info({ resealed: Object.fromEntries(result.resealed) }, "older keys' data encrypted anew");
  assertComplete(result);
  const unneeded = { versions: outdated, currentVersion: keyRing.currentVersion };
  log.info(unneeded, "versions of ENCRYPTION_KEYS that are no longer in use, and may be dropped");
}

function assertComplete({ unopened: [first, ...others] }: ReencryptionResult): void {
  if (first === undefined) return;
  const message = `${others.length + 1} values cannot be opened, and stay as they are; the first: ${first.message}`;
  throw new JobFailure(message, { isPermanent: true, cause: first });
}

interface EnqueueOptions extends ReencryptionOptions {
  readonly jobs: JobQueue;
}

/** Enqueues {@link reencryptionJob} if values of older keys exist. When several servers start at once, it is enqueued once. */
export async function enqueueReencryption(deps: EnqueueOptions): Promise<void> {
  if ((await listOutdatedVersions(deps)).length === 0) return;
  const { currentVersion: version } = deps.keyRing;
  await inTransaction(deps.db, (trx) => deps.jobs.enqueue(trx, reencryptionJob, { version }));
}
