import { type RawBuilder, sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";

/** Empties `personal` of the events of a user, which the table's trigger permits. Each statement uses one index. */
export async function clearPersonal(
  trx: DatabaseTransaction,
  { id, public_id: publicId }: { readonly id: string; readonly public_id: string },
): Promise<void> {
  const clear = (events: RawBuilder<unknown>) =>
    sql`update audit_event set personal = '{}' where ${events} and personal <> '{}'`.execute(trx);
  await clear(sql`actor_id = ${publicId}::uuid`);
  await clear(sql`impersonator_id = ${publicId}::uuid`);
  await clear(sql`target_id = ${publicId}::text`);
  for (const table of ["session", "device", "api_key"]) {
    await clear(sql`target_id in (select public_id::text from ${sql.table(table)} where user_id = ${id}::bigint)`);
  }
}
