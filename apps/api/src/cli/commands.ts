import type { Command } from "./command.ts";
import { signAudit } from "./commands/audit/checkpoint.ts";
import { exportAudit } from "./commands/audit/export.ts";
import { showAuditKey } from "./commands/audit/key.ts";
import { verifyAudit } from "./commands/audit/verify.ts";
import { defineCompletion } from "./commands/completion.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { importCommand } from "./commands/import.ts";
import { listJobs } from "./commands/jobs/list.ts";
import { retryJobs } from "./commands/jobs/retry.ts";
import { showJob } from "./commands/jobs/show.ts";
import { listKeys } from "./commands/keys/list.ts";
import { reencryptCommand } from "./commands/keys/reencrypt.ts";
import { rotateKeys } from "./commands/keys/rotate.ts";
import { listRoutes } from "./commands/routes.ts";
import { makeSecrets } from "./commands/secrets.ts";
import { openShell } from "./commands/shell.ts";

const others: readonly Command[] = [
  doctorCommand,
  listRoutes,
  openShell,
  makeSecrets,
  importCommand,
  listJobs,
  showJob,
  retryJobs,
  listKeys,
  rotateKeys,
  reencryptCommand,
  verifyAudit,
  exportAudit,
  signAudit,
  showAuditKey,
];

/** What the first words of commands of two words are about, for the help. */
export const groups: Readonly<Record<string, string>> = {
  audit: "verifies, signs and exports the audit log",
  jobs: "lists and retries jobs that failed permanently",
  keys: "lists and rotates the keys that sign access tokens, and those that encrypt",
};

/** Every command, in the order of the help. Help, parsing and completion are made of this table. */
export const commands: readonly Command[] = [...others, defineCompletion({ commands: others, groups })];
