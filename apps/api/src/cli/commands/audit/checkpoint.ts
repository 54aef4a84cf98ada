import { findNewestCheckpoint, linkEvents, makeCheckpoint } from "@gatehouse/server/audit";
import { createLogger } from "@gatehouse/server/database";
import { systemRandom } from "@gatehouse/server/keys";
import { defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { withKeys } from "../keys/key-deps.ts";

/** `gatehouse audit checkpoint` */
export const signAudit = defineCommand({
  name: "audit checkpoint",
  summary: "signs the audit log as it is now, and prints the newest checkpoint, to be kept elsewhere",
  examples: [
    { args: "audit checkpoint >> /mnt/elsewhere/checkpoints.txt", summary: "keeps it out of the database's reach" },
  ],
  guide: "docs/guides/audit-log.md",
  run: () =>
    withKeys(async (deps) => {
      const log = await createLogger({ ...deps.config.log, level: "warn" }, process.stderr);
      await linkEvents({ ...deps, random: systemRandom });
      const made = await makeCheckpoint({ ...deps, log });
      const checkpoint = made ?? (await findNewestCheckpoint(deps.db))?.token;
      if (checkpoint === undefined) throw new CommandError("The audit log has no events yet.");
      return { checkpoint };
    }),
  describe: ({ checkpoint }) => checkpoint,
});
