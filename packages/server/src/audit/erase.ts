import type { DatabaseTransaction } from "../database/connection.ts";
import { lockChain } from "./chain/store.ts";
import { clearPersonal } from "./erase-store.ts";

/**
 * Empties the personal part of every event that the user caused or that is about their account, and deletes the salts of those
 * parts. The events stay, and so does the proof that nobody edited them.
 */
export async function eraseEvents(trx: DatabaseTransaction, userPublicId: string): Promise<void> {
  // No event is linked meanwhile, with a commitment to what is erased.
  await lockChain(trx);
  for (const column of ["actor_id", "impersonator_id", "account_id"] as const) {
    await clearPersonal(trx, column, userPublicId);
  }
}
