import type { DatabaseTransaction } from "../database/connection.ts";
import { clearPersonal } from "./erase-store.ts";

/** Empties the personal part of every event that the user caused or that is about their account. The events themselves stay. */
export async function eraseEvents(trx: DatabaseTransaction, userPublicId: string): Promise<void> {
  for (const column of ["actor_id", "impersonator_id", "account_id"] as const) {
    await clearPersonal(trx, column, userPublicId);
  }
}
