import type { Config } from "../config.ts";
import { StartupError } from "../startup-error.ts";
import { checkJobs, checkKeys } from "./content-checks.ts";
import { checkClock, checkConnections, checkMigrations, openForChecks } from "./database-checks.ts";
import { type Finding, failed, named, ok } from "./finding.ts";
import { checkDisk, checkVersions } from "./machine-checks.ts";
import { checkPush } from "./push-checks.ts";
import { checkMail, checkPictures, checkPublicUrl, checkRedis, checkSms } from "./service-checks.ts";

interface Patient {
  /** Reads the configuration; throws `StartupError` if it is wrong. */
  readonly loadConfig: () => Config;
  /** The package manager that started this process, as in `pnpm/12.21.0`. */
  readonly packageManager: string | undefined;
}

/**
 * Checks all that a server needs to run, and changes nothing. It needs no running server, and disturbs none. Never throws: a
 * check that cannot be made is a finding.
 */
export async function diagnose({ loadConfig, packageManager }: Patient): Promise<readonly Finding[]> {
  const versions = checkVersions({ node: process.versions.node, packageManager });
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    return [await named("configuration", () => explain(error)), await versions];
  }
  // Independent services are asked at the same time, since each may take seconds to time out.
  const found = await Promise.all([
    describeConfiguration(config),
    versions,
    checkDisk(config.database),
    checkDatabase(config),
    checkMail(config),
    checkSms(config),
    checkPush(config),
    checkPictures(config),
    checkRedis(config),
    checkPublicUrl(config),
  ]);
  return found.flat().filter((finding) => finding !== undefined);
}

function explain(error: unknown) {
  if (!(error instanceof StartupError)) throw error;
  return failed(error.message, ".env.example explains every setting. Nothing else is checked until then.");
}

async function describeConfiguration({ environment, warnings }: Config): Promise<readonly Finding[]> {
  const check = "configuration";
  const remedy = ".env.example explains every setting.";
  const doubts = warnings.map((message): Finding => ({ check, status: "warning", message, remedy }));
  return doubts.length > 0 ? doubts : [{ check, ...ok(`It is valid for ${environment}.`) }];
}

async function checkDatabase(config: Config): Promise<readonly Finding[]> {
  const { finding, db } = await openForChecks(config.database);
  if (db === undefined) return [finding];
  try {
    const first = [
      finding,
      await checkMigrations(db),
      await checkConnections(db, config),
      await checkClock(db, config.database.kind),
    ];
    // Tables may be missing until the migrations have run.
    if (first.some(({ check, status }) => check === "migrations" && status !== "ok")) return first;
    return [...first, await checkKeys(db, config), await checkJobs(db)];
  } finally {
    await db.destroy();
  }
}
