import { auditFilterSchema, exportAuditEvents } from "@gatehouse/server/audit";
import { defineCommand } from "../../command.ts";
import { MisuseError } from "../../command-error.ts";
import { printPieces } from "../../output.ts";
import { withKeys } from "../keys/key-deps.ts";

/** `gatehouse audit export` */
export const exportAudit = defineCommand({
  name: "audit export",
  summary: "prints the events of the audit log, the oldest first, as one JSON object a line",
  options: {
    actor: { value: "id", summary: "events of this user" },
    user: { value: "id", summary: "events about this user's account" },
    target: { value: "id", summary: "events about this user, session, device, key or role" },
    action: { value: "action", summary: "events with this action, such as session.revoked" },
    from: { value: "time", summary: "events from this moment on, in ISO 8601" },
    to: { value: "time", summary: "events before this moment" },
  },
  examples: [
    {
      args: "audit export --from 2030-01-01T00:00:00Z > audit.ndjson",
      summary: "writes all events since then to a file",
    },
  ],
  guide: "docs/guides/audit-log.md",
  async run(options) {
    const filter = auditFilterSchema.safeParse(options);
    if (!filter.success) {
      const wrong = [...new Set(filter.error.issues.map(({ path }) => `--${path.join(".")}`))];
      throw new MisuseError(`Not a filter of the audit log: ${wrong.join(", ")}.`);
    }
    await withKeys(({ db }) => printPieces(linesOf(exportAuditEvents({ db }, filter.data))));
  },
});

async function* linesOf(events: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}
