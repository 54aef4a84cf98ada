import { describeSigningKeys } from "../auth/signing-key/service.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { KeyRing } from "../crypto/key-ring.ts";
import { systemRandom } from "../crypto/random.ts";
import type { Database } from "../database/connection.ts";
import { encryptedColumns } from "../encrypted-columns.ts";
import { assertOpenable } from "../encryption/assert-openable.ts";
import { listVersionsInUse } from "../encryption/versions-in-use.ts";
import { findJobBacklog, type JobBacklog } from "../jobs/store.ts";
import { StartupError } from "../startup-error.ts";
import { type Finding, failed, named, ok, warning } from "./finding.ts";

type KeyConfig = Pick<Config, "encryptionKeys" | "encryptionKeyVersion">;

/** Whether `ENCRYPTION_KEYS` opens what the database holds, and whether a key signs. */
export async function checkKeys(db: Database, config: KeyConfig): Promise<Finding> {
  return await named("keys", async () => {
    const keyRing = new KeyRing(config.encryptionKeys, systemRandom, config.encryptionKeyVersion);
    try {
      await assertOpenable({ db, keyRing, places: encryptedColumns });
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      return failed(error.message, "The server does not start before.");
    }
    const older = [...(await listVersionsInUse(db, encryptedColumns)).keys()].filter(
      (version) => version < keyRing.currentVersion,
    );
    if (older.length > 0) {
      const message = `Data is still sealed with version ${older.join(", ")} of ENCRYPTION_KEYS; version ${keyRing.currentVersion} encrypts.`;
      return warning(message, "Keep the older versions; `pnpm gatehouse keys reencrypt` seals the data anew.");
    }
    const active = (await describeSigningKeys({ db, clock: systemClock })).find(({ state }) => state === "active");
    const signs = active === undefined ? "no key signs yet; the first start makes one" : `${active.id} signs`;
    return ok(`Version ${keyRing.currentVersion} of ENCRYPTION_KEYS opens everything; ${signs}.`);
  });
}

/** Seconds that a due job may wait for a worker before somebody should look: a worker takes new jobs within a second. */
const maxWaitSeconds = 300;

/** Whether jobs failed permanently, or wait for a worker. */
export async function checkJobs(db: Database): Promise<Finding> {
  return await named("jobs", async () => judgeJobs(await findJobBacklog(db)));
}

function judgeJobs({ deadLetters, due, oldestDueSeconds }: JobBacklog) {
  if (oldestDueSeconds > maxWaitSeconds) {
    const minutes = Math.round(oldestDueSeconds / 60);
    const message = `${waiting(due)}, the oldest for ${minutes} minutes; ${deadLetters} failed permanently.`;
    return warning(message, "Run a server with JOBS=on, or `pnpm worker`; if one runs, look into its log.");
  }
  if (deadLetters > 0) {
    const message = `${deadLetters} failed permanently; ${waiting(due)}.`;
    return warning(message, "`pnpm gatehouse jobs list` says why; `pnpm gatehouse jobs retry` tries again.");
  }
  return ok(`${waiting(due)}; none failed permanently.`);
}

function waiting(due: number): string {
  return due === 1 ? "1 job waits for a worker" : `${due} jobs wait for a worker`;
}
