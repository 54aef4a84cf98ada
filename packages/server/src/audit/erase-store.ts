import { sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";

/** Empties `personal` of the events that have the user in this column, which the table's trigger permits. */
export async function clearPersonal(
  trx: DatabaseTransaction,
  column: "actor_id" | "impersonator_id" | "account_id",
  userPublicId: string,
): Promise<void> {
  await trx
    .updateTable("audit_event")
    .set({ personal: "{}" })
    .where(column, "=", userPublicId)
    .where("personal", "<>", sql<Record<string, unknown>>`'{}'::jsonb`)
    .execute();
}
