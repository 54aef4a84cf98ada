import type { DatabaseTransaction } from "../../database/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail, createUser, type NewUser, type UserRow } from "../../user/index.ts";
import { isReservedForUndo } from "../one-time-token/index.ts";
import { insertPassword } from "../password/index.ts";

/** A user and the password that they start with. */
interface NewAccount {
  readonly user: NewUser;
  /** As `newPassword` answers. */
  readonly passwordHash: string;
}

/** Adds a user with a password. Throws `EMAIL_TAKEN`; other clashes surface through `throwTaken`. */
export async function createAccount(
  deps: Pick<Dependencies, "clock" | "db" | "random">,
  trx: DatabaseTransaction,
  { user, passwordHash }: NewAccount,
): Promise<UserRow> {
  const row = await createUser(deps, trx, user);
  await refuseReservedEmail(deps, trx, { userId: row.id, email: user.email });
  await insertPassword(trx, { userId: row.id, hash: passwordHash }, deps.clock.now());
  return row;
}

/**
 * An address that somebody may still get back, by undoing a change that was not theirs, is not free. It is asked after
 * the address was written: had it been given up at the same time, the write waited for that. Throws `EMAIL_TAKEN`.
 */
export async function refuseReservedEmail(
  deps: Pick<Dependencies, "clock">,
  trx: DatabaseTransaction,
  { userId, email }: { readonly userId: string; readonly email: string },
): Promise<void> {
  const claim = { userId, emailCanonical: canonicalEmail(email), now: deps.clock.now() };
  if (await isReservedForUndo(trx, claim)) throw new GatehouseError("EMAIL_TAKEN");
}
