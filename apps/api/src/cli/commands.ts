import type { Command } from "./command.ts";
import { signAudit } from "./commands/audit/checkpoint.ts";
import { exportAudit } from "./commands/audit/export.ts";
import { showAuditKey } from "./commands/audit/key.ts";
import { verifyAudit } from "./commands/audit/verify.ts";
import { defineCompletion } from "./commands/completion.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportUser } from "./commands/export.ts";
import { importCommand } from "./commands/import.ts";
import { listJobs } from "./commands/jobs/list.ts";
import { retryJobs } from "./commands/jobs/retry.ts";
import { showJob } from "./commands/jobs/show.ts";
import { listKeys } from "./commands/keys/list.ts";
import { reencryptCommand } from "./commands/keys/reencrypt.ts";
import { rotateKeys } from "./commands/keys/rotate.ts";
import { createRole } from "./commands/role/create.ts";
import { deleteRole } from "./commands/role/delete.ts";
import { grantRole } from "./commands/role/grant.ts";
import { listRolesCommand } from "./commands/role/list.ts";
import { revokeRole } from "./commands/role/revoke.ts";
import { updateRole } from "./commands/role/update.ts";
import { listRoutes } from "./commands/routes.ts";
import { makeSecrets } from "./commands/secrets.ts";
import { openShell } from "./commands/shell.ts";
import { createUser } from "./commands/user/create.ts";
import { deleteUser } from "./commands/user/delete.ts";
import { disableUser } from "./commands/user/disable.ts";
import { enableUser } from "./commands/user/enable.ts";
import { endSessions } from "./commands/user/end-sessions.ts";
import { findUsers } from "./commands/user/find.ts";
import { createPasswordLink } from "./commands/user/password-link.ts";
import { resetSecondFactor } from "./commands/user/reset-second-factor.ts";
import { restoreUser } from "./commands/user/restore.ts";

const others: readonly Command[] = [
  doctorCommand,
  listRoutes,
  openShell,
  makeSecrets,
  createUser,
  findUsers,
  disableUser,
  enableUser,
  endSessions,
  createPasswordLink,
  resetSecondFactor,
  deleteUser,
  restoreUser,
  listRolesCommand,
  createRole,
  updateRole,
  deleteRole,
  grantRole,
  revokeRole,
  importCommand,
  exportUser,
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
  role: "lists, changes and gives roles",
  user: "creates, finds, disables and deletes accounts",
  keys: "lists and rotates the keys that sign access tokens, and those that encrypt",
};

/** Every command, in the order of the help. Help, parsing and completion are made of this table. */
export const commands: readonly Command[] = [...others, defineCompletion({ commands: others, groups })];
