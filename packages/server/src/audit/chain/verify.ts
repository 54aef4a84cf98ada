import type { Database } from "../../database/connection.ts";
import type { Finding, VerifyOptions } from "./finding.ts";
import { listDefaultMonths, listPartitionMonths } from "./partition-store.ts";
import { verifyCheckpoints } from "./verify-checkpoints.ts";
import { verifyMonth } from "./verify-month.ts";
import { listLinkedMonths } from "./verify-store.ts";

/** What the verification counted. */
export interface VerifiedLog {
  readonly events: number;
  /** Events without what was personal, which was erased. */
  readonly erased: number;
  readonly checkpoints: number;
  readonly findings: number;
}

/**
 * Verifies the whole log, month by month: each event against its link, each link against the one before, and the chain against
 * the checkpoints. Events that are not linked yet are not verified. Memory does not grow with the log.
 */
export async function verifyLog(options: VerifyOptions): Promise<VerifiedLog> {
  let findings = 0;
  const counted = {
    ...options,
    onFinding(finding: Finding) {
      findings += 1;
      options.onFinding(finding);
    },
  };
  let [events, erased] = [0, 0];
  for (const month of await listMonths(options.db)) {
    const verified = await verifyMonth(counted, month);
    events += verified.events;
    erased += verified.erased;
  }
  const checkpoints = await verifyCheckpoints(counted);
  return { events, erased, checkpoints, findings };
}

/** Every month that has events or links, the oldest first. */
async function listMonths(db: Database): Promise<readonly string[]> {
  const known = [await listLinkedMonths(db), await listPartitionMonths(db), await listDefaultMonths(db)];
  return [...new Set(known.flat())].toSorted();
}
