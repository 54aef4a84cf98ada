import type { DatabaseTransaction } from "../database/connection.ts";
import { clearPersonal } from "./erase-store.ts";

/** A user, by their ids inside and outside. */
interface ErasedUser {
  readonly id: string;
  readonly public_id: string;
}

/**
 * Empties the personal part of every event that the user caused, or that is about them or a session, device or key of theirs.
 * Call it before those rows are deleted. The events themselves stay.
 */
export async function eraseEvents(trx: DatabaseTransaction, user: ErasedUser): Promise<void> {
  await clearPersonal(trx, user);
}
