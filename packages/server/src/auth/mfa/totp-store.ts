import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { TotpTable } from "../../database/tables.gen.ts";

/** An authenticator app's secret as stored. */
export type TotpRow = Selectable<TotpTable>;

/** Stores a secret that is still to be confirmed, in place of an earlier one; returns `false` if one is confirmed. */
export async function putUnconfirmedTotp(trx: DatabaseTransaction, values: Insertable<TotpTable>): Promise<boolean> {
  const { public_id, secret, created_at } = values;
  const stored = await trx
    .insertInto("totp")
    .values(values)
    .onConflict((conflict) =>
      conflict.column("user_id").doUpdateSet({ public_id, secret, created_at }).where("totp.confirmed_at", "is", null),
    )
    .returning("user_id")
    .executeTakeFirst();
  return stored !== undefined;
}

/** Finds the user's secret, confirmed or not. */
export async function findTotp(db: Database, userId: string): Promise<TotpRow | undefined> {
  return await db.selectFrom("totp").selectAll().where("user_id", "=", userId).executeTakeFirst();
}

interface UsedStep {
  readonly userId: string;
  /** The time step of the code. */
  readonly step: number;
}

/** Notes that the code of a time step was used; returns `false` if it or a later one was used before. */
export async function useTotpStep(trx: DatabaseTransaction, { userId, step }: UsedStep): Promise<boolean> {
  const used = await trx
    .updateTable("totp")
    .set({ last_step: String(step) })
    .where("user_id", "=", userId)
    .where("last_step", "<", String(step))
    .returning("user_id")
    .executeTakeFirst();
  return used !== undefined;
}

/** Marks the user's secret as confirmed. */
export async function confirmStoredTotp(trx: DatabaseTransaction, userId: string, now: Date): Promise<void> {
  await trx.updateTable("totp").set({ confirmed_at: now }).where("user_id", "=", userId).execute();
}

/** Deletes the user's secret; returns `false` if there is none. */
export async function deleteTotp(trx: DatabaseTransaction, userId: string): Promise<boolean> {
  const deleted = await trx.deleteFrom("totp").where("user_id", "=", userId).returning("user_id").executeTakeFirst();
  return deleted !== undefined;
}

/** Deletes secrets that were not confirmed in time, and returns how many. */
export async function deleteUnconfirmedTotps(db: Database, before: Date): Promise<number> {
  const result = await db
    .deleteFrom("totp")
    .where("confirmed_at", "is", null)
    .where("created_at", "<", before)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
