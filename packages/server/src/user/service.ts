import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { violatedUniqueConstraint, violatesCheck } from "../database/constraint.ts";
import { GatehouseError } from "../errors.ts";
import { type EventDeps, mayBeHeard, publishEvent } from "../webhook/publish.ts";
import { avatarUrlOf } from "./avatar/address.ts";
import { canonicalEmail, canonicalUsername } from "./canonical.ts";
import type { profileFields, userSchema } from "./schema.ts";
import {
  changeUser,
  emailExists,
  findUser,
  findUserByEmail,
  findUserByUsername,
  insertUser,
  type UserRow,
  usernameExists,
} from "./store.ts";
import { assertNotReserved, type UsernameDeps, usernameColumns, usernameSkeleton } from "./username.ts";

/** A user as the API returns it. */
export type User = z.output<typeof userSchema>;

/** The initial values of a new account. */
export interface NewUser extends z.output<z.ZodObject<typeof profileFields>> {
  /** The public id. Default: a random UUID. */
  readonly id?: string;
  /** Default: none, for an account that has only a username or a number. */
  readonly email?: string | undefined;
  /** E.164, proven. Default: none. */
  readonly phone?: string | undefined;
  /** Roles that exist; `rolesToGive` sees to that. */
  readonly roles?: readonly string[];
  /** Default false. */
  readonly emailVerified?: boolean;
  /** Whether it is unknown who set the account up, although its address is verified. Default false. */
  readonly unvouched?: boolean;
  /** Whether the account has no identifier. Default false. */
  readonly isAnonymous?: boolean;
  /** The origin of a registration with an unverified address. Default: unknown. */
  readonly registeredFrom?: { readonly ip: string; readonly userAgent: string | null };
}

/** The settings that a user's form depends on. */
interface UserFormDeps {
  readonly config: Pick<Config, "publicUrl">;
}

/** The locale of users who have chosen none. */
export const defaultLocale = "en";

/** What adding a user needs. */
interface NewUserDeps extends UsernameDeps {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * Adds a user, and leaves it to the caller to publish that. Throws `USERNAME_RESERVED`; a taken address, username or number
 * surfaces through {@link mapUniqueViolation}.
 */
export async function createUser(deps: NewUserDeps, trx: DatabaseTransaction, user: NewUser): Promise<UserRow> {
  return await insertUser(trx, newUserColumns(deps, user));
}

/** Returns the columns of a new user, apart from the internal id. Throws `USERNAME_RESERVED`. */
export function newUserColumns(deps: NewUserDeps, user: NewUser) {
  const now = deps.clock.now();
  return {
    public_id: user.id ?? deps.random.uuid(),
    ...identifierColumns(deps, user),
    unvouched: user.unvouched ?? false,
    anonymous_since: user.isAnonymous === true ? now : null,
    ...profileColumns(user),
    status: "active" as const,
    roles: [...(user.roles ?? [])],
    created_at: now,
    updated_at: now,
  };
}

/** Returns the columns of a user's identifiers, whether the account is new or was anonymous until now. Throws `USERNAME_RESERVED`. */
export function identifierColumns(deps: Omit<NewUserDeps, "random">, user: NewUser) {
  const now = deps.clock.now();
  // Kept for the reader of the link that proves the address.
  const origin = user.email === undefined ? undefined : user.registeredFrom;
  return {
    email: user.email ?? null,
    email_canonical: user.email === undefined ? null : canonicalEmail(user.email),
    email_verified_at: user.emailVerified === true ? now : null,
    phone: user.phone ?? null,
    phone_verified_at: user.phone === undefined ? null : now,
    registered_ip: origin?.ip ?? null,
    registered_user_agent: origin?.userAgent ?? null,
    ...usernameColumns(deps, user.username ?? null),
  };
}

function profileColumns({ givenName, familyName, birthDate, locale = defaultLocale, timeZone }: NewUser) {
  return {
    given_name: givenName ?? null,
    family_name: familyName ?? null,
    birth_date: birthDate ?? null,
    locale,
    time_zone: timeZone ?? null,
  };
}

/** Finds a user by address or username. An address has an `@`, a username never does. */
export async function findUserByIdentifier(db: Database, identifier: string): Promise<UserRow | undefined> {
  return identifier.includes("@")
    ? await findUserByEmail(db, canonicalEmail(identifier))
    : await findUserByUsername(db, canonicalUsername(identifier));
}

/** Returns the address of an account, for calls whose point is a mail. Throws `EMAIL_MISSING`. */
export function addressOf({ email }: Pick<UserRow, "email">): string {
  if (email === null) throw new GatehouseError("EMAIL_MISSING");
  return email;
}

/** Throws `EMAIL_TAKEN` for a taken address. Callers check this first, to save the cost of a password hash. */
export async function assertEmailAvailable(db: Database, email: string): Promise<void> {
  if (await emailExists(db, canonicalEmail(email))) throw new GatehouseError("EMAIL_TAKEN");
}

/**
 * Throws `USERNAME_RESERVED`, and `USERNAME_TAKEN` for a username that is taken or looks like a taken one. Callers check this
 * first, to save the cost of a password hash.
 */
export async function assertUsernameAvailable(
  deps: UsernameDeps & { readonly db: Database },
  username: string | undefined,
): Promise<void> {
  if (username === undefined) return;
  assertNotReserved(deps, username);
  const forms = { canonical: canonicalUsername(username), skeleton: usernameSkeleton(username) };
  if (await usernameExists(deps.db, forms)) throw new GatehouseError("USERNAME_TAKEN");
}

/** Reads the signed-in user from the database. Throws `NOT_FOUND` if the user was deleted meanwhile. */
export async function getUser(deps: UserFormDeps & { readonly db: Database }, id: string): Promise<User> {
  const row = await findUser(deps.db, id);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row, deps.config);
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
 * Stores that the address was proven, records it unless it was known, and returns the updated user. It ends no sessions or
 * credentials: call it through `proveEmail`, which does. Proving the same address again keeps the first time of proof. A taken address surfaces through
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

const nameless = [
  { path: "username", message: "Required for an account without an email address and a telephone number" },
];

/**
 * Runs work that writes users, and turns a violated unique constraint into `EMAIL_TAKEN`, `USERNAME_TAKEN` or
 * `PHONE_TAKEN`, the loss of the last identifier into `INVALID_INPUT`, and an identifier of an anonymous account into
 * `ANONYMOUS_ACCOUNT`.
 */
export async function mapUniqueViolation<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const constraint = violatedUniqueConstraint(cause);
    if (constraint === "user_email_canonical_key") throw new GatehouseError("EMAIL_TAKEN", { cause });
    if (constraint === "user_username_canonical_key") throw new GatehouseError("USERNAME_TAKEN", { cause });
    if (constraint === "user_username_skeleton_key") throw new GatehouseError("USERNAME_TAKEN", { cause });
    if (constraint === "user_verified_phone_key") throw new GatehouseError("PHONE_TAKEN", { cause });
    if (violatesCheck(cause, "user_anonymous_check")) throw new GatehouseError("ANONYMOUS_ACCOUNT", { cause });
    if (violatesCheck(cause, "user_identifier_check"))
      throw new GatehouseError("INVALID_INPUT", { cause, errors: nameless });
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
    timeZone: row.time_zone,
    phone: row.phone,
    phoneVerified: row.phone_verified_at !== null,
    isAnonymous: row.anonymous_since !== null,
    avatarUrl: avatarUrlOf(row, publicUrl),
    publicMetadata: row.public_metadata ?? {},
    status: row.status,
    roles: row.roles,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The origin of a call, as stored with sessions, registrations and links. */
export interface Origin {
  /** The caller's IP address. `X-Forwarded-For` counts only from proxies in `TRUSTED_PROXIES`. */
  readonly ip: string;
  readonly userAgent: string | null;
}
