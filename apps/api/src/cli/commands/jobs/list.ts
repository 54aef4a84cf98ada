import type { DeadLetter } from "@gatehouse/server/database";
import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { inOneLine } from "../../text.ts";
import { withDeadLetters } from "./dead-letters.ts";

const mostJobs = 1000;

/** `gatehouse jobs list` */
export const listJobs = defineCommand({
  name: "jobs list",
  summary: "lists the jobs that failed permanently, oldest first",
  options: {
    limit: { value: "count", summary: `the most jobs to list, 1 to ${mostJobs}`, default: "50", parse: parseLimit },
  },
  examples: [
    { args: "jobs list", summary: "a line for each: its id, when and why it failed" },
    { args: "jobs list --json", summary: "with the payloads, for programs" },
  ],
  guide: "docs/guides/jobs.md",
  async run({ limit }) {
    const jobs = await withDeadLetters((letters) => letters.list(limit));
    return { jobs, mayBeMore: jobs.length === limit && limit < mostJobs };
  },
  describe: ({ jobs, mayBeMore }) => [...linesOf(jobs), ...(mayBeMore ? [moreOf(jobs)] : [])].join("\n"),
});

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostJobs) return limit;
  throw new MisuseError(`--limit takes a whole number from 1 to ${mostJobs}, not "${text}".`);
}

function linesOf(jobs: readonly DeadLetter[]): readonly string[] {
  if (jobs.length === 0) return ["No job has failed permanently."];
  return jobs.map(({ id, failedAt, job, reason }) => inOneLine(`${id}  ${failedAt.toISOString()}  ${job}  ${reason}`));
}

function moreOf(jobs: readonly DeadLetter[]): string {
  return `There may be more: --limit ${Math.min(2 * jobs.length, mostJobs)}`;
}
