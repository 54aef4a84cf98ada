import type { AuditDeps, CallOrigin } from "../../audit/call.ts";
import { type AuditedAction, recordEvent } from "../../audit/record.ts";
import type { RandomSource } from "../../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { createUser, type NewUser } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { isReservedForUndo } from "../one-time-token/store.ts";
import { insertPassword } from "../password/service.ts";

/** What creating an account needs. */
export interface AccountDeps extends AuditDeps {
  readonly db: Database;
  readonly random: RandomSource;
}

/** A user and their first password. */
interface NewAccount {
  readonly user: NewUser;
  /** The result of `newPassword`; undefined for an account without a password. */
  readonly passwordHash: string | undefined;
}

/** Creates a user, and leaves it to the caller to publish that. Throws `EMAIL_TAKEN`; other conflicts surface through `mapUniqueViolation`. */
export async function createAccount(
  deps: AccountDeps,
  trx: DatabaseTransaction,
  { user, passwordHash }: NewAccount,
): Promise<UserRow> {
  const row = await createUser(deps, trx, user);
  await assertEmailNotReserved(deps, trx, { userId: row.id, email: user.email });
  if (passwordHash !== undefined) await insertPassword(trx, { userId: row.id, hash: passwordHash }, deps.clock.now());
  await recordEvent(deps, trx, { ...accountCreated(deps.call, row), targetId: row.public_id });
  return row;
}

/** The event of a new account. Whoever registers is its user, who is the actor then. */
export function accountCreated(
  { actor }: CallOrigin,
  { public_id: id, email }: Pick<UserRow, "public_id" | "email">,
): AuditedAction {
  const registrant = { kind: "user", id } as const;
  const changes = { email: { from: null, to: email } };
  return { action: "user.created", kind: "user", actor: actor.kind === "anonymous" ? registrant : actor, changes };
}

/**
 * Rejects an address that its former owner may still take back by undoing a change. Call it after the address was written: the
 * write waits for a concurrent change away from the address. Throws `EMAIL_TAKEN`.
 */
export async function assertEmailNotReserved(
  deps: Pick<AccountDeps, "clock">,
  db: Database,
  { userId, email }: { readonly userId: string | null; readonly email: string },
): Promise<void> {
  const claim = { userId, emailCanonical: canonicalEmail(email), now: deps.clock.now() };
  if (await isReservedForUndo(db, claim)) throw new GatehouseError("EMAIL_TAKEN");
}
