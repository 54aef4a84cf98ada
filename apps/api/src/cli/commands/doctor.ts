import { styleText } from "node:util";
import type { Finding } from "@gatehouse/server/operator";
import { defineCommand } from "../command.ts";
import { inOneLine, wrap } from "../text.ts";

/** `gatehouse doctor` */
export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "checks all that a server needs to run, and says what to do where something is wrong",
  notes:
    "It changes nothing, sends nothing and prints no secret. It works beside a running server; only an embedded database belongs to one process at a time, and is then not looked into.",
  examples: [
    { args: "doctor", summary: "before the first start, after an update, or when something does not work" },
    { args: "doctor --json", summary: "for monitoring; exit code 1 if a check failed" },
  ],
  guide: "docs/guides/command-line.md",
  async run() {
    // The other commands need not load the clients of mail servers and the like.
    const { diagnose, loadConfig, packageManagerOf } = await import("@gatehouse/server/operator");
    return await diagnose({ loadConfig, packageManager: packageManagerOf() });
  },
  describe: (findings, columns) =>
    [...findings.map((finding) => format(finding, columns)), summarize(findings)].join("\n"),
  failureOf(findings) {
    const count = findings.filter(({ status }) => status === "failed").length;
    return count === 0 ? undefined : `Correct what failed (${count}), and run the doctor again.`;
  },
});

const colours = { ok: "green", warning: "yellow", failed: "red" } as const;

const statusWidth = "warning".length + 2;
const checkWidth = "configuration".length + 2;

/** Writes a finding: for a terminal of so many columns with its lines below each other, for a pipe in one line. */
function format({ check, status, message, remedy }: Finding, columns: number | undefined): string {
  const painted = styleText(colours[status], status.padEnd(statusWidth), { stream: process.stdout });
  const start = `${painted}${check.padEnd(checkWidth)}`;
  const sentences = remedy === undefined ? [message] : [message, remedy];
  if (columns === undefined) return `${start}${sentences.map(inOneLine).join(" ")}`;
  const indent = statusWidth + checkWidth;
  const lines = sentences.flatMap((sentence) => sentence.split("\n")).flatMap((line) => wrap(line, columns - indent));
  return `${start}${lines.join(`\n${" ".repeat(indent)}`)}`;
}

function summarize(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  return `\n${count("ok")} ok, ${count("warning")} ${count("warning") === 1 ? "warning" : "warnings"}, ${count("failed")} failed.`;
}
