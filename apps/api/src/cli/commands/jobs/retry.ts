import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { parseId, withDeadLetters } from "./dead-letters.ts";

/** `gatehouse jobs retry ID... | --all` */
export const retryJobs = defineCommand({
  name: "jobs retry",
  summary: "enqueues jobs that failed permanently again, with all their attempts",
  args: { ids: { summary: "their ids, as jobs list shows them", isOptional: true, isRest: true, parse: parseId } },
  options: { all: { summary: "retry all of them" } },
  examples: [
    { args: "jobs retry 4e0f2d52-5c5a-4b43-8d3c-0d6c2f3a1b2c", summary: "one of them" },
    { args: "jobs retry --all", summary: "all, once the mail server is back" },
  ],
  guide: "docs/guides/jobs.md",
  async run({ ids, all = false }) {
    const choice = chooseFrom(ids, all);
    const enqueued = await withDeadLetters((letters) => letters.retry(choice));
    return { enqueued, given: ids.length };
  },
  describe: ({ enqueued }) => `Enqueued ${enqueued} again.`,
  failureOf: ({ enqueued, given }) =>
    enqueued < given ? `${given - enqueued} of the ${given} ids are no dead letters.` : undefined,
});

/** The dead letters to retry. */
type Choice = "all" | readonly [string, ...string[]];

function chooseFrom([first, ...others]: readonly string[], all: boolean): Choice {
  if ((first === undefined) !== all) throw new MisuseError("Give ids of dead letters, or --all for every one.");
  return first === undefined ? "all" : [first, ...others];
}
