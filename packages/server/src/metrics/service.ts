import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Database } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { addDays, countDays, dayOf, listDays } from "./day.ts";
import { type accountMetricsInput, type accountMetricsOutput, defaultDays, maxDays } from "./schema.ts";
import { listAccountDays } from "./store.ts";

interface MetricsDeps {
  readonly db: Database;
  readonly clock: Clock;
}

type AccountMetrics = z.output<typeof accountMetricsOutput>;

/**
 * Reads the numbers of every day of a range; days that were not counted have zeros. Throws `INVALID_INPUT` for a range that ends
 * before it begins or is too long.
 */
export async function readAccountMetrics(
  { db, clock }: MetricsDeps,
  { from: first, to = dayOf(clock.now()) }: z.output<typeof accountMetricsInput>,
): Promise<AccountMetrics> {
  const from = first ?? addDays(to, 1 - defaultDays);
  assertRange(from, to);
  const rows = await listAccountDays(db, { from, to });
  const counted = new Map(rows.map((row) => [row.day, row]));
  const days = listDays(from, to).map((date) => {
    const { sign_ups: signUps = 0, sign_ins: signIns = 0, active_users: activeUsers = 0 } = counted.get(date) ?? {};
    return { date, signUps, signIns, activeUsers };
  });
  return { days };
}

function assertRange(from: string, to: string): void {
  const days = countDays(from, to);
  if (days >= 1 && days <= maxDays) return;
  const message = days < 1 ? "Must not be after the last day" : `Must be at most ${maxDays} days up to the last day`;
  throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "from", message }] });
}
