import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, type DatabaseTransaction, violatedUniqueConstraint } from "../database/index.ts";
import { GatehouseError } from "../errors.ts";
import { canonicalEmail, canonicalUsername } from "./canonical.ts";
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

/** A user as callers see them. */
export type User = z.output<typeof userSchema>;

/** What a new account starts with. */
export interface NewUser extends z.output<z.ZodObject<typeof profileFields>> {
  /** The public id. Default: a new one. */
  readonly id?: string;
  readonly email: string;
  readonly roles?: readonly z.infer<typeof roleSchema>[];
  /** Default false. */
  readonly emailVerified?: boolean;
}

interface UserDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Of whoever says nothing of their language. */
export const defaultLocale = "en";

/** Adds a user; a taken address or username surfaces through {@link throwTaken}. */
export async function createUser(deps: UserDeps, trx: DatabaseTransaction, user: NewUser): Promise<UserRow> {
  const now = deps.clock.now();
  return await insertUser(trx, {
    public_id: user.id ?? deps.random.uuid(),
    email: user.email,
    email_canonical: canonicalEmail(user.email),
    email_verified_at: user.emailVerified === true ? now : null,
    ...usernameColumns(user.username ?? null),
    given_name: user.givenName ?? null,
    family_name: user.familyName ?? null,
    birth_date: user.birthDate ?? null,
    locale: user.locale ?? defaultLocale,
    status: "active",
    roles: [...(user.roles ?? [])],
    created_at: now,
    updated_at: now,
  });
}

/** Whoever signs in with this: an address has an `@`, a username never. */
export async function findUserByIdentifier(db: Database, identifier: string): Promise<UserRow | undefined> {
  return identifier.includes("@")
    ? await findUserByEmail(db, canonicalEmail(identifier))
    : await findUserByUsername(db, canonicalUsername(identifier));
}

/** Spares the cost of a password hash where the answer is known already. Throws `EMAIL_TAKEN`. */
export async function refuseTakenEmail(db: Database, email: string): Promise<void> {
  if (await emailExists(db, canonicalEmail(email))) throw new GatehouseError("EMAIL_TAKEN");
}

/** The same for a username. Throws `USERNAME_TAKEN`. */
export async function refuseTakenUsername(db: Database, username: string | undefined): Promise<void> {
  const isTaken = username !== undefined && (await usernameExists(db, canonicalUsername(username)));
  if (isTaken) throw new GatehouseError("USERNAME_TAKEN");
}

/** The signed-in user, fresh. Throws `NOT_FOUND` if they were deleted meanwhile. */
export async function getUser(deps: Pick<UserDeps, "db">, id: string): Promise<User> {
  const row = await findUser(deps.db, id);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row);
}

/** Changes the given profile fields. Throws `USERNAME_TAKEN`. */
export async function updateUser(
  deps: Omit<UserDeps, "random">,
  id: string,
  changes: z.output<typeof updateUserInput>,
): Promise<User> {
  const { username, givenName, familyName, birthDate, locale } = changes;
  const row = await throwTaken(() =>
    changeUser(deps.db, id, {
      ...(username === undefined ? {} : usernameColumns(username)),
      ...(givenName === undefined ? {} : { given_name: givenName }),
      ...(familyName === undefined ? {} : { family_name: familyName }),
      ...(birthDate === undefined ? {} : { birth_date: birthDate }),
      ...(locale === undefined ? {} : { locale }),
      updated_at: deps.clock.now(),
    }),
  );
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toUser(row);
}

/** Gives the user another address, which is proven. A taken one surfaces through {@link throwTaken}. */
export async function changeEmail(
  deps: Pick<UserDeps, "clock">,
  trx: DatabaseTransaction,
  { id, email }: { readonly id: string; readonly email: string },
): Promise<void> {
  const now = deps.clock.now();
  const email_canonical = canonicalEmail(email);
  await changeUser(trx, id, { email, email_canonical, email_verified_at: now, updated_at: now });
}

/** Notes that the user proved the address that they have, and answers with them as they are then. The first proof counts. */
export async function verifyEmail(
  deps: Pick<UserDeps, "clock">,
  trx: DatabaseTransaction,
  user: UserRow,
): Promise<UserRow> {
  if (user.email_verified_at !== null) return user;
  const proof = { email_verified_at: deps.clock.now(), updated_at: deps.clock.now() };
  await changeUser(trx, user.id, proof);
  return { ...user, ...proof };
}

/** Gives the user a number (E.164), which is proven. One that is another user's surfaces through {@link throwTaken}. */
export async function changePhone(
  deps: Pick<UserDeps, "clock">,
  trx: DatabaseTransaction,
  { id, phone }: { readonly id: string; readonly phone: string },
): Promise<void> {
  const now = deps.clock.now();
  await changeUser(trx, id, { phone, phone_verified_at: now, updated_at: now });
}

/**
 * Runs work that writes users. Uniqueness is the database's to decide; here its verdict becomes `EMAIL_TAKEN`,
 * `USERNAME_TAKEN` or `PHONE_TAKEN`.
 */
export async function throwTaken<T>(work: () => Promise<T>): Promise<T> {
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

/** A stored user as callers see them. */
export function toUser(row: UserRow): User {
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
    status: row.status,
    roles: row.roles.map((role) => roleSchema.parse(role)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function usernameColumns(username: string | null) {
  return { username, username_canonical: username === null ? null : canonicalUsername(username) };
}
