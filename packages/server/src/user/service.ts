import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { violatedUniqueConstraint, violatesCheck } from "../database/constraint.ts";
import { GatehouseError } from "../errors.ts";
import { type EventDeps, mayBeHeard, publishEvent } from "../webhook/publish.ts";
import { avatarUrlOf } from "./avatar/address.ts";
import { canonicalEmail, canonicalUsername } from "./canonical.ts";
import type { profileFields, updateUserInput, userSchema } from "./schema.ts";
import {
  changeUser,
  emailExists,
  findUser,
  findUserByEmail,
  findUserByUsername,
  insertUser,
  lockUser,
  type UserRow,
  usernameExists,
} from "./store.ts";

/** A user as the API returns it. */
export type User = z.output<typeof userSchema>;

/** The initial values of a new account. */
export interface NewUser extends z.output<z.ZodObject<typeof profileFields>> {
  /** The public id. Default: a random UUID. */
  readonly id?: string;
  readonly email: string;
  /** Roles that exist; `rolesToGive` sees to that. */
  readonly roles?: readonly string[];
  /** Default false. */
  readonly emailVerified?: boolean;
  /** Whether it is unknown who set the account up, although its address is verified. Default false. */
  readonly unvouched?: boolean;
  /** The origin of a registration with an unverified address. Default: unknown. */
  readonly registeredFrom?: { readonly ip: string; readonly userAgent: string | null };
}

/** The settings that a user's form depends on. */
interface UserFormDeps {
  readonly config: Pick<Config, "publicUrl">;
}

interface UserDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The locale of users who have chosen none. */
export const defaultLocale = "en";

/** Adds a user, and leaves it to the caller to publish that; a taken address or username surfaces through {@link mapUniqueViolation}. */
export async function createUser(deps: UserDeps, trx: DatabaseTransaction, user: NewUser): Promise<UserRow> {
  return await insertUser(trx, newUserColumns(deps, user));
}

/** Returns the columns of a new user, apart from the internal id. */
export function newUserColumns(deps: Pick<UserDeps, "clock" | "random">, user: NewUser) {
  const now = deps.clock.now();
  return {
    public_id: user.id ?? deps.random.uuid(),
    email: user.email,
    email_canonical: canonicalEmail(user.email),
    email_verified_at: user.emailVerified === true ? now : null,
    unvouched: user.unvouched ?? false,
    registered_ip: user.registeredFrom?.ip ?? null,
    registered_user_agent: user.registeredFrom?.userAgent ?? null,
    ...usernameColumns(user.username ?? null),
    given_name: user.givenName ?? null,
    family_name: user.familyName ?? null,
    birth_date: user.birthDate ?? null,
    locale: user.locale ?? defaultLocale,
    status: "active" as const,
    roles: [...(user.roles ?? [])],
    created_at: now,
    updated_at: now,
  };
}

/** Finds a user by address or username. An address has an `@`, a username never does. */
export async function findUserByIdentifier(db: Database, identifier: string): Promise<UserRow | undefined> {
  return identifier.includes("@")
    ? await findUserByEmail(db, canonicalEmail(identifier))
    : await findUserByUsername(db, canonicalUsername(identifier));
}

/** Throws `EMAIL_TAKEN` for a taken address. Callers check this first, to save the cost of a password hash. */
export async function assertEmailAvailable(db: Database, email: string): Promise<void> {
  if (await emailExists(db, canonicalEmail(email))) throw new GatehouseError("EMAIL_TAKEN");
}

/** Throws `USERNAME_TAKEN` for a taken username. Callers check this first, to save the cost of a password hash. */
export async function assertUsernameAvailable(db: Database, username: string | undefined): Promise<void> {
  const isTaken = username !== undefined && (await usernameExists(db, canonicalUsername(username)));
  if (isTaken) throw new GatehouseError("USERNAME_TAKEN");
}

/** Reads the signed-in user from the database. Throws `NOT_FOUND` if the user was deleted meanwhile. */
export async function getUser(deps: UserFormDeps & Pick<UserDeps, "db">, id: string): Promise<User> {
  const row = await findUser(deps.db, id);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row, deps.config);
}

/** Changes the given profile fields. Throws `USERNAME_TAKEN`, and `NOT_FOUND` if the user was deleted meanwhile. */
export async function updateUser(
  deps: UserDeps & AuditDeps & EventDeps,
  id: string,
  changes: z.output<typeof updateUserInput>,
): Promise<User> {
  return await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const before = await lockUser(trx, id);
      const after = await changeUser(trx, id, { ...profileColumns(changes), updated_at: deps.clock.now() });
      if (before === undefined || after === undefined) throw new GatehouseError("NOT_FOUND");
      await recordUpdate(deps, trx, { before, after });
      await publishChange(deps, trx, { before, after });
      return toUser(after, deps.config);
    }),
  );
}

/** Records which profile fields changed, if any did. */
async function recordUpdate(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { before, after }: { readonly before: UserRow; readonly after: UserRow },
): Promise<void> {
  const changes = differences(profileOf(before), profileOf(after));
  if (Object.keys(changes).length === 0) return;
  await recordEvent(deps, trx, { action: "user.updated", kind: "user", targetId: after.public_id, changes });
}

function profileColumns({ username, givenName, familyName, birthDate, locale }: z.output<typeof updateUserInput>) {
  return {
    ...(username === undefined ? {} : usernameColumns(username)),
    ...(givenName === undefined ? {} : { given_name: givenName }),
    ...(familyName === undefined ? {} : { family_name: familyName }),
    ...(birthDate === undefined ? {} : { birth_date: birthDate }),
    ...(locale === undefined ? {} : { locale }),
  };
}

function profileOf({
  username,
  given_name: givenName,
  family_name: familyName,
  birth_date: birthDate,
  locale,
}: UserRow) {
  return { username, givenName, familyName, birthDate, locale };
}

/** The profile fields that differ, as the audit log has them. */
function differences(before: ReturnType<typeof profileOf>, after: ReturnType<typeof profileOf>) {
  const fields = ["username", "givenName", "familyName", "birthDate", "locale"] as const;
  const changed = fields.filter((field) => before[field] !== after[field]);
  return Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }]));
}

/** Tells webhooks of a change of a user by rows of before and after; one that no field shows is no event. */
export async function publishChange(
  deps: EventDeps,
  trx: DatabaseTransaction,
  { before, after }: { readonly before: UserRow; readonly after: UserRow },
): Promise<void> {
  if (!mayBeHeard(deps, "user.updated")) return;
  const data = toUser(after, deps.config);
  const isSame = isDeepStrictEqual({ ...toUser(before, deps.config), updatedAt: data.updatedAt }, data);
  if (!isSame) await publishEvent(deps, trx, { type: "user.updated", data });
}

/** A proven address, and whether the account counts as vouched for from then on. */
interface ProvenEmail {
  readonly user: UserRow;
  /** The user's current address, or a new one. */
  readonly email: string;
  readonly isVouched: boolean;
}

/**
 * Stores that the address was proven, records it unless it was known, and returns the updated user. It ends no sessions or credentials: call it through
 * `proveEmail`, which does. Proving the same address again keeps the first time of proof. A taken address surfaces through
 * {@link mapUniqueViolation}.
 */
export async function storeProvenEmail(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, email, isVouched }: ProvenEmail,
): Promise<UserRow> {
  const now = deps.clock.now();
  const isAnother = email !== user.email;
  const changes = {
    email,
    email_canonical: canonicalEmail(email),
    email_verified_at: isAnother ? now : (user.email_verified_at ?? now),
    unvouched: !isVouched,
    registered_ip: null,
    registered_user_agent: null,
    updated_at: now,
  };
  await changeUser(trx, user.id, changes);
  const target = { kind: "user", targetId: user.public_id } as const;
  const moved = { email: { from: user.email, to: email } };
  if (isAnother) await recordEvent(deps, trx, { action: "user.email_changed", ...target, changes: moved });
  else if (user.email_verified_at === null) await recordEvent(deps, trx, { action: "user.email_verified", ...target });
  return { ...user, ...changes };
}

/** Whether all that is set up on the account, such as its sessions, is known to come from the holder of its address. */
export function isVouched(user: Pick<UserRow, "email_verified_at" | "unvouched">): boolean {
  return user.email_verified_at !== null && !user.unvouched;
}

/** Removes the telephone number of a locked user, and records it if there was one. */
export async function removePhone(deps: AuditDeps, trx: DatabaseTransaction, id: string): Promise<void> {
  const before = await findUser(trx, id);
  await changeUser(trx, id, { phone: null, phone_verified_at: null, updated_at: deps.clock.now() });
  if (before === undefined || before.phone === null) return;
  const changes = { phone: { from: before.phone, to: null } };
  await recordEvent(deps, trx, { action: "user.phone_removed", kind: "user", targetId: before.public_id, changes });
}

/**
 * Clears the profile of a locked user, except the locale, which chooses the language of mails and text messages. Records it if
 * there was anything.
 */
export async function clearProfile(deps: AuditDeps, trx: DatabaseTransaction, id: string): Promise<void> {
  const nothing = { given_name: null, family_name: null, birth_date: null };
  const before = await findUser(trx, id);
  const after = await changeUser(trx, id, { ...usernameColumns(null), ...nothing, updated_at: deps.clock.now() });
  if (before !== undefined && after !== undefined) await recordUpdate(deps, trx, { before, after });
}

/**
 * Sets the user's proven telephone number (E.164), records it and returns the changed user. A taken number surfaces through
 * {@link mapUniqueViolation}.
 */
export async function changePhone(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, phone }: { readonly user: UserRow; readonly phone: string },
): Promise<UserRow> {
  const now = deps.clock.now();
  const columns = { phone, phone_verified_at: now, updated_at: now };
  await changeUser(trx, user.id, columns);
  const changes = { phone: { from: user.phone, to: phone } };
  await recordEvent(deps, trx, { action: "user.phone_verified", kind: "user", targetId: user.public_id, changes });
  return { ...user, ...columns };
}

/**
 * Runs work that writes users, and turns a violated unique constraint into `EMAIL_TAKEN`, `USERNAME_TAKEN` or
 * `PHONE_TAKEN`.
 */
export async function mapUniqueViolation<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const constraint = violatedUniqueConstraint(cause);
    if (constraint === "user_email_canonical_key") throw new GatehouseError("EMAIL_TAKEN", { cause });
    if (constraint === "user_username_canonical_key") throw new GatehouseError("USERNAME_TAKEN", { cause });
    if (constraint === "user_verified_phone_key") throw new GatehouseError("PHONE_TAKEN", { cause });
    throw cause;
  }
}

/** Runs work that changes users, and turns the refusal to lose the last administrator into `LAST_ADMIN`. */
export async function keepLastAdmin<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (violatesCheck(cause, "user_last_admin")) throw new GatehouseError("LAST_ADMIN", { cause });
    throw cause;
  }
}

/** Converts a stored user to the form that the API returns. */
export function toUser(row: UserRow, { publicUrl }: UserFormDeps["config"]): User {
  return {
    id: row.public_id,
    email: row.email,
    emailVerified: row.email_verified_at !== null,
    username: row.username,
    givenName: row.given_name,
    familyName: row.family_name,
    birthDate: row.birth_date,
    locale: row.locale,
    phone: row.phone,
    phoneVerified: row.phone_verified_at !== null,
    avatarUrl: avatarUrlOf(row, publicUrl),
    status: row.status,
    roles: row.roles,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function usernameColumns(username: string | null) {
  return { username, username_canonical: username === null ? null : canonicalUsername(username) };
}

/** The origin of a call, as stored with sessions, registrations and links. */
export interface Origin {
  /** The caller's IP address. `X-Forwarded-For` counts only from proxies in `TRUSTED_PROXIES`. */
  readonly ip: string;
  readonly userAgent: string | null;
}
