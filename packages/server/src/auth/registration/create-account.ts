import type { AuditDeps, CallOrigin } from "../../audit/call.ts";
import { type AuditedAction, recordEvent } from "../../audit/record.ts";
import type { RandomSource } from "../../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { type GivenIdentity, identifyUser } from "../../user/anonymous.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { createUser, type NewUser } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import type { UsernameDeps } from "../../user/username.ts";
import { isReservedForUndo } from "../one-time-token/store.ts";
import { insertPassword } from "../password/service.ts";

/** What creating an account needs. */
export interface AccountDeps extends AuditDeps, UsernameDeps {
  readonly db: Database;
  readonly random: RandomSource;
}

/** A user and their first password. */
interface NewAccount {
  readonly user: NewUser;
  /** The result of `newPassword`; undefined for an account without a password. */
  readonly passwordHash: string | undefined;
}

/**
 * Creates a user, and leaves it to the caller to publish that. Throws `EMAIL_TAKEN` and `USERNAME_RESERVED`; other conflicts
 * surface through `mapUniqueViolation`.
 */
export async function createAccount(
  deps: AccountDeps,
  trx: DatabaseTransaction,
  { user, passwordHash }: NewAccount,
): Promise<UserRow> {
  const row = await createUser(deps, trx, user);
  if (user.email !== undefined) await assertEmailNotReserved(deps, trx, { userId: row.id, email: user.email });
  if (passwordHash !== undefined) await insertPassword(trx, { userId: row.id, hash: passwordHash }, deps.clock.now());
  await recordEvent(deps, trx, { ...accountCreated(deps.call, row), targetId: row.public_id });
  return row;
}

/** An anonymous account that becomes a full one, and what it is registered with. */
interface Identified {
  /** Locked by the transaction. */
  readonly before: UserRow;
  readonly given: GivenIdentity;
  /** As of a {@link NewAccount}. */
  readonly passwordHash: string | undefined;
}

/**
 * Makes an anonymous account a full one, as {@link createAccount} would create it, and leaves it to the caller to publish that. Throws
 * `ACCOUNT_NOT_ANONYMOUS`, `EMAIL_TAKEN` and `USERNAME_RESERVED`; other conflicts surface through `mapUniqueViolation`.
 */
export async function identifyAccount(
  deps: AuditDeps & UsernameDeps,
  trx: DatabaseTransaction,
  { before, given, passwordHash: hash }: Identified,
): Promise<UserRow> {
  const user = await identifyUser(deps, trx, { user: before, given });
  if (given.email !== undefined) await assertEmailNotReserved(deps, trx, { userId: user.id, email: given.email });
  if (hash !== undefined) await insertPassword(trx, { userId: user.id, hash }, deps.clock.now());
  const owner = { kind: "user", id: user.public_id } as const;
  await recordEvent(deps, trx, { ...accountCreated(deps.call, user), actor: owner, targetId: user.public_id });
  return user;
}

/** The event of a new account, with what names it. Its user is the actor, unless an operator is. */
export function accountCreated(
  { actor }: CallOrigin,
  { public_id: id, email, username, phone }: Pick<UserRow, "public_id" | "email" | "username" | "phone">,
): AuditedAction {
  const registrant = { kind: "user", id } as const;
  const names = Object.entries(email === null ? { username, phone } : { email });
  const changes = Object.fromEntries(
    names.flatMap(([field, to]) => (to === null ? [] : [[field, { from: null, to }]])),
  );
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
