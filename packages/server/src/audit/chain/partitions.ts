import { addSeconds, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import type { Logger } from "../../logging/logger.ts";
import type { AuditDeps } from "../call.ts";
import { recordEvent } from "../record.ts";
import type { CheckpointKeyDeps } from "./checkpoint-key.ts";
import { deleteCheckpoints } from "./checkpoint-store.ts";
import { proveDrop } from "./drop-proof.ts";
import { createPartition, dropPartition, listDefaultMonths, listPartitionMonths } from "./partition-store.ts";
import { findHead, lockChain } from "./store.ts";

/** What keeping the partitions needs. */
export interface PartitionDeps extends AuditDeps, CheckpointKeyDeps {
  readonly db: Database;
  readonly config: Pick<Config, "auditRetentionDays">;
  readonly log: Logger;
}

/** How many months have a partition before they begin. */
const monthsAhead = 2;

/**
 * Creates the partitions of this month and the next ones, moves events out of the default partition, and drops months that ended
 * before the retention time. Each dropped month is an event itself with a signed proof, so that its end is no gap.
 */
export async function keepPartitions(deps: PartitionDeps): Promise<void> {
  const { db, clock, config, log } = deps;
  const ahead = Array.from({ length: monthsAhead + 1 }, (_, later) => monthOf(clock.now(), later));
  for (const month of new Set([...ahead, ...(await listDefaultMonths(db))])) {
    await inTransaction(db, (trx) => createPartition(trx, month));
  }
  if (config.auditRetentionDays === 0) return;
  const oldest = addSeconds(clock.now(), -config.auditRetentionDays * daySeconds);
  for (const month of await listPartitionMonths(db)) {
    if (new Date(monthOf(new Date(month), 1)) > oldest) continue;
    await drop(deps, month);
    log.info({ month }, "a month of the audit log is older than its retention and was dropped");
  }
  await deleteCheckpoints(db, oldest);
}

async function drop(deps: PartitionDeps, month: string): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    await lockChain(trx);
    const head = await findHead(trx, month);
    const last = {
      links: head?.position ?? "0",
      digest: head === undefined ? null : Buffer.from(head.digest).toString("base64url"),
    };
    const details = { ...last, proof: await proveDrop(deps, trx, { month, ...last }) };
    await dropPartition(trx, month);
    await recordEvent(deps, trx, { action: "audit_log.month_dropped", kind: "audit_month", targetId: month, details });
  });
}

/** The first day of the month so many months later, in UTC. */
function monthOf(date: Date, later: number): string {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)).toISOString().slice(0, 10);
}
