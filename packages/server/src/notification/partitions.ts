import { z } from "zod";
import { addSeconds, type Clock, daySeconds } from "../clock.ts";
import type { Config } from "../config.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { defineJob } from "../jobs/job.ts";
import type { Logger } from "../logging/logger.ts";
import { createPartition, dropPartition, listDefaultMonths, listPartitionMonths } from "./partition-store.ts";

/** Creates and drops the partitions of months every day. */
export const ledgerPartitionsJob = defineJob({
  name: "keep-notification-partitions",
  schema: z.strictObject({}),
  cron: "41 2 * * *",
  timeoutSeconds: 600,
});

interface PartitionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Pick<Config, "notificationRetentionDays">;
  readonly log: Logger;
}

/** How many months have a partition before they begin. */
const monthsAhead = 2;

/**
 * The handler of {@link ledgerPartitionsJob}: creates the partitions of this month and the next ones, moves deliveries out of the
 * default partition, and drops months that ended before the retention time. By then every delivery is settled or has expired.
 */
export async function keepLedgerPartitions({ db, clock, config, log }: PartitionDeps): Promise<void> {
  const ahead = Array.from({ length: monthsAhead + 1 }, (_, later) => monthOf(clock.now(), later));
  for (const month of new Set([...ahead, ...(await listDefaultMonths(db))])) {
    await inTransaction(db, (trx) => createPartition(trx, month));
  }
  const oldest = addSeconds(clock.now(), -config.notificationRetentionDays * daySeconds);
  for (const month of await listPartitionMonths(db)) {
    if (new Date(monthOf(new Date(month), 1)) > oldest) continue;
    await inTransaction(db, (trx) => dropPartition(trx, month));
    log.info({ month }, "a month of deliveries of notifications is older than its retention and was dropped");
  }
}

/** The first day of the month so many months later, in UTC. */
function monthOf(date: Date, later: number): string {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)).toISOString().slice(0, 10);
}
