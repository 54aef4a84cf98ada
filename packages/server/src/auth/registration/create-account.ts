import type { Clock } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { createUser, type NewUser } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { isReservedForUndo } from "../one-time-token/store.ts";
import { insertPassword } from "../password/service.ts";

/** What adding an account needs. */
export interface AccountDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** A user, and the password that they start with. */
interface NewAccount {
  readonly user: NewUser;
  /** What `newPassword` returns; without one, the account starts with no password. */
  readonly passwordHash: string | undefined;
}

/** Adds a user. Throws `EMAIL_TAKEN`; other clashes surface through `mapUniqueViolation`. */
export async function createAccount(
  deps: Pick<AccountDeps, "clock" | "db" | "random">,
  trx: DatabaseTransaction,
  { user, passwordHash }: NewAccount,
): Promise<UserRow> {
  const row = await createUser(deps, trx, user);
  await assertEmailNotReserved(deps, trx, { userId: row.id, email: user.email });
  if (passwordHash !== undefined) await insertPassword(trx, { userId: row.id, hash: passwordHash }, deps.clock.now());
  return row;
}

/**
 * An address that somebody may still get back, by undoing a change that was not theirs, is not free. It is asked after
 * the address was written: had it been given up at the same time, the write waited for that. Throws `EMAIL_TAKEN`.
 */
export async function assertEmailNotReserved(
  deps: Pick<AccountDeps, "clock">,
  db: Database,
  { userId, email }: { readonly userId: string | null; readonly email: string },
): Promise<void> {
  const claim = { userId, emailCanonical: canonicalEmail(email), now: deps.clock.now() };
  if (await isReservedForUndo(db, claim)) throw new GatehouseError("EMAIL_TAKEN");
}
