import type { JobHandler } from "@gatehouse/server";

/** The app's own jobs, for the server and for workers; see docs/guides/jobs.md. */
export const jobs: readonly JobHandler[] = [];
