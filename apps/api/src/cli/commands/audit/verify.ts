import { readFile } from "node:fs/promises";
import { type Finding, type VerifiedLog, verifyLog } from "@gatehouse/server/audit";
import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { withKeys } from "../keys/key-deps.ts";

/** How many findings `--json` prints; `findings` counts all. */
const maxFindings = 1000;

interface Verification extends VerifiedLog {
  readonly found: readonly Finding[];
}

/** `gatehouse audit verify` */
export const verifyAudit = defineCommand({
  name: "audit verify",
  summary: "names every event of the audit log that was edited, removed, inserted or reordered, and what was cut off",
  notes: "It changes nothing. The exit code is 1 if it finds anything.",
  options: {
    checkpoint: { value: "path", summary: "file with checkpoints that were kept elsewhere, one a line", isPath: true },
    publicKey: {
      value: "path",
      summary: "file that audit key printed; default the keys in the database",
      isPath: true,
    },
  },
  examples: [
    { args: "audit verify", summary: "verifies the log by what is in the database" },
    {
      args: "audit verify --checkpoint kept.txt --public-key audit.jwks",
      summary: "trusts only what was kept elsewhere",
    },
  ],
  guide: "docs/guides/audit-log.md",
  async run({ checkpoint, publicKey }, output): Promise<Verification> {
    const checkpoints = checkpoint === undefined ? [] : await readLines(checkpoint);
    const publicKeys = publicKey === undefined ? undefined : await readKeys(publicKey);
    const found: Finding[] = [];
    const onFinding = (finding: Finding) => {
      if (found.length < maxFindings) found.push(finding);
      output.say(describeFinding(finding));
    };
    const verified = await withKeys(({ db }) => verifyLog({ db, checkpoints, publicKeys, onFinding }));
    return { ...verified, found };
  },
  describe: ({ events, erased, checkpoints, findings }) => {
    const withErasures = erased === 0 ? "" : `, ${erased} of them without their erased details,`;
    const result = findings === 0 ? "all as they were written" : `${findings} findings`;
    return `Verified ${events} linked events${withErasures} and ${checkpoints} checkpoints: ${result}.`;
  },
  failureOf: ({ findings }) => (findings === 0 ? undefined : "The audit log is not as it was written."),
});

function describeFinding({ kind, month, position, message }: Finding): string {
  const place = [month?.slice(0, 7), position === null ? undefined : `#${position}`].filter(
    (part) => part !== undefined,
  );
  return [kind, ...place, message].join("  ");
}

async function readLines(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8");
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

async function readKeys(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    return (await readLines(path)).map((line): Record<string, unknown> => JSON.parse(line));
  } catch (cause) {
    throw new MisuseError(`${path} has no public keys as audit key prints them.`, { cause });
  }
}
