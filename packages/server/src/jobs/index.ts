export { JobFailure } from "./failure.ts";
export { handleJob, type JobAttempt, type JobHandler } from "./handler.ts";
export { defineJob, type Job } from "./job.ts";
export type { JobQueue } from "./queue.ts";
export { deadLetterQueue } from "./queues.ts";
export { type JobRuntime, openJobs } from "./runtime.ts";
