import { sql } from "kysely";
import type { DatabaseTransaction } from "./connection.ts";

/**
 * Plans the next statements of the transaction anew each time, for indexes and nested loops alone. It is for statements about a
 * bounded number of rows in a table that can grow by a million rows before PostgreSQL counts them again: prepared statements keep
 * plans, and one that was made while the table was nearly empty reads all of it.
 */
export async function planForGrowth(trx: DatabaseTransaction): Promise<void> {
  await sql`
    select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
      set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true), set_config('enable_sort', 'off', true),
      set_config('jit', 'off', true)`.execute(trx);
}
