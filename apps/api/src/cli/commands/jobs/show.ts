import type { DeadLetter } from "@gatehouse/server/database";
import { defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { inOneLine } from "../../text.ts";
import { parseId, withDeadLetters } from "./dead-letters.ts";

/** `gatehouse jobs show ID` */
export const showJob = defineCommand({
  name: "jobs show",
  summary: "shows a job that failed permanently, with its payload",
  args: { id: { summary: "its id, as jobs list shows it", parse: parseId } },
  examples: [{ args: "jobs show 4e0f2d52-5c5a-4b43-8d3c-0d6c2f3a1b2c", summary: "everything that is known of it" }],
  guide: "docs/guides/jobs.md",
  async run({ id }) {
    const letter = await withDeadLetters((letters) => letters.find(id));
    if (letter === undefined) throw new CommandError(`Dead letter ${id} does not exist.`);
    return letter;
  },
  describe,
});

function describe({ id, job, enqueuedAt, failedAt, attempts, reason, payload }: DeadLetter): string {
  return [
    `id        ${id}`,
    `job       ${job}`,
    `enqueued  ${enqueuedAt.toISOString()}`,
    `failed    ${failedAt.toISOString()}, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    `reason    ${reason}`,
    `payload   ${JSON.stringify(payload)}`,
  ]
    .map(inOneLine)
    .join("\n");
}
