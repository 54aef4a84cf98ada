import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { violatedUniqueConstraint } from "../database/constraint.ts";
import { GatehouseError } from "../errors.ts";
import { avatarUrlOf } from "./avatar/address.ts";
import { canonicalEmail, canonicalUsername } from "./canonical.ts";
import { type MetadataSchemas, parseMetadata } from "./metadata/service.ts";
import { type profileFields, roleSchema, type updateUserInput, type userSchema } from "./schema.ts";
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
import { assertNotReserved, usernameSkeleton } from "./username.ts";

/** A user as the API returns it. */
export type User = z.output<typeof userSchema>;

/** The initial values of a new account. */
export interface NewUser extends z.output<z.ZodObject<typeof profileFields>> {
  /** The public id. Default: a random UUID. */
  readonly id?: string;
  readonly email: string;
  readonly roles?: readonly z.infer<typeof roleSchema>[];
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

/** What a change of the profile needs. */
interface UpdateDeps extends Omit<UserDeps, "random"> {
  readonly config: Pick<Config, "publicUrl" | "reservedUsernames">;
  readonly metadata: MetadataSchemas;
}

/** The locale of users who have chosen none. */
export const defaultLocale = "en";

/** Adds a user; a taken address or username surfaces through {@link mapUniqueViolation}. */
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

/** Throws `USERNAME_TAKEN` for a username that is taken, or looks like a taken one. Callers check this first, to save the cost of a password hash. */
export async function assertUsernameAvailable(db: Database, username: string | undefined): Promise<void> {
  const isTaken = username !== undefined && (await usernameExists(db, { canonical: canonicalUsername(username), skeleton: usernameSkeleton(username) }));
  if (isTaken) throw new GatehouseError("USERNAME_TAKEN");
}

/** Reads the signed-in user from the database. Throws `NOT_FOUND` if the user was deleted meanwhile. */
export async function getUser(deps: UserFormDeps & Pick<UserDeps, "db">, id: string): Promise<User> {
  const row = await findUser(deps.db, id);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row, deps.config);
}

/**
 * Changes the given profile fields. Throws `USERNAME_TAKEN`, `USERNAME_RESERVED`, `INVALID_INPUT` for metadata that the app's
 * schema refuses, and `NOT_FOUND` if the user was deleted meanwhile.
 */
export async function updateUser(
  deps: UpdateDeps,
  id: string,
  changes: z.output<typeof updateUserInput>,
): Promise<User> {
  const { username, givenName, familyName, birthDate, locale, timeZone } = changes;
  assertNotReserved(deps, username);
  const metadata = changes.publicMetadata && (await parseMetadata(deps, "public", changes.publicMetadata));
  const row = await mapUniqueViolation(() =>
    changeUser(deps.db, id, {
      ...(username === undefined ? {} : usernameColumns(username)),
      ...(givenName === undefined ? {} : { given_name: givenName }),
      ...(familyName === undefined ? {} : { family_name: familyName }),
      ...(birthDate === undefined ? {} : { birth_date: birthDate }),
      ...(locale === undefined ? {} : { locale }),
      ...(timeZone === undefined ? {} : { time_zone: timeZone }),
      ...(metadata === undefined ? {} : { public_metadata: JSON.stringify(metadata) }),
      updated_at: deps.clock.now(),
    }),
  );
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row, deps.config);
}

/** A proven address, and whether the account counts as vouched for from then on. */
interface ProvenEmail {
  readonly user: UserRow;
  /** The user's current address, or a new one. */
  readonly email: string;
  readonly isVouched: boolean;
}

/**
 * Stores that the address was proven and returns the updated user. It ends no sessions or credentials: call it through
 * `proveEmail`, which does. Proving the same address again keeps the first time of proof. A taken address surfaces through
 * {@link mapUniqueViolation}.
 */
export async function storeProvenEmail(
  deps: Pick<UserDeps, "clock">,
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
  return { ...user, ...changes };
}

/** Whether all that is set up on the account, such as its sessions, is known to come from the holder of its address. */
export function isVouched(user: Pick<UserRow, "email_verified_at" | "unvouched">): boolean {
  return user.email_verified_at !== null && !user.unvouched;
}

/** Removes the user's telephone number. */
export async function removePhone(deps: Pick<UserDeps, "clock">, trx: DatabaseTransaction, id: string): Promise<void> {
  await changeUser(trx, id, { phone: null, phone_verified_at: null, updated_at: deps.clock.now() });
}

/**
 * Clears the user's profile, except the locale, which chooses the language of mails and text messages, and what the app's own
 * code has stored.
 */
export async function clearProfile(deps: Pick<UserDeps, "clock">, trx: DatabaseTransaction, id: string): Promise<void> {
  const nothing = { given_name: null, family_name: null, birth_date: null, time_zone: null, public_metadata: null };
  await changeUser(trx, id, { ...usernameColumns(null), ...nothing, updated_at: deps.clock.now() });
}

/** Sets the user's proven telephone number (E.164). A taken number surfaces through {@link mapUniqueViolation}. */
export async function changePhone(
  deps: Pick<UserDeps, "clock">,
  trx: DatabaseTransaction,
  { id, phone }: { readonly id: string; readonly phone: string },
): Promise<void> {
  const now = deps.clock.now();
  await changeUser(trx, id, { phone, phone_verified_at: now, updated_at: now });
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
    if (constraint === "user_username_skeleton_key") throw new GatehouseError("USERNAME_TAKEN", { cause });
    if (constraint === "user_verified_phone_key") throw new GatehouseError("PHONE_TAKEN", { cause });
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
    avatarUrl: avatarUrlOf(row, publicUrl),
    publicMetadata: row.public_metadata ?? {},
    status: row.status,
    roles: row.roles.map((role) => roleSchema.parse(role)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function usernameColumns(username: string | null) {
  if (username === null) return { username, username_canonical: null, username_skeleton: null };
  const [canonical, skeleton] = [canonicalUsername(username), usernameSkeleton(username)];
  return { username, username_canonical: canonical, username_skeleton: skeleton };
}

/** The origin of a call, as stored with sessions, registrations and links. */
export interface Origin {
  /** The caller's IP address. `X-Forwarded-For` counts only from proxies in `TRUSTED_PROXIES`. */
  readonly ip: string;
  readonly userAgent: string | null;
}
