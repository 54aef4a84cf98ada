import { z } from "zod";
import { ownFactors } from "../../auth/mfa/factors.ts";
import { hasPassword } from "../../auth/password/service.ts";
import { normalizeIdentifier } from "../../auth/phone/number.ts";
import type { Config } from "../../config.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database } from "../../database/connection.ts";
import { readOrderedPage } from "../../list-page.ts";
import { everyonesRole } from "../../role/permissions.ts";
import { canonicalIdentifier, kindOfIdentifier } from "../canonical.ts";
import { toUser } from "../service.ts";
import type { UserRow } from "../store.ts";
import {
  findLastSignIn,
  type ListedUser,
  listMatchingUsers,
  listUsersInOrder,
  listUsersInWindow,
  type UserFilter,
  type UserPage,
} from "./list-store.ts";
import type {
  listUsersInput,
  listUsersOutput,
  managedUserSchema,
  userDetailsSchema,
  userFilterSchema,
} from "./schema.ts";
import { searchTerm } from "./search-term.ts";
import { findAnyUser, findNamedUser } from "./store.ts";
import { findTarget } from "./target.ts";

interface ListDeps {
  readonly config: Pick<Config, "publicUrl">;
  readonly db: Database;
  readonly cursors: CursorCodec;
}

/** An account as operators see it. */
export type ManagedUser = z.output<typeof managedUserSchema>;

/**
 * Lists accounts by what is searched for, by role, state and time, in the wanted order. Throws `INVALID_INPUT` for a cursor of
 * another list, and of the same list with another filter or order.
 */
export async function listUsers(
  deps: ListDeps,
  { cursor, limit, sort: order, ...wanted }: z.output<typeof listUsersInput>,
): Promise<z.output<typeof listUsersOutput>> {
  const filter = toFilter(wanted);
  const request = { list: `users:${order}:${JSON.stringify(filter)}`, cursor, limit, isValue: isValueOf(order) };
  const { rows, nextCursor } = await readOrderedPage(deps, request, (page) =>
    findUsers(deps.db, filter, { order, ...page }),
  );
  return { items: rows.map((row) => toManagedUser(row, deps.config)), nextCursor };
}

/** What the order compares is a moment as PostgreSQL writes it, or an address, which is empty for none. */
function isValueOf(order: UserPage["order"]): (value: string) => boolean {
  return order.endsWith("createdAt") ? isMoment : (value) => !value.includes("\0");
}

/** PostgreSQL writes `2026-11-30 08:25:45.389+00`. */
function isMoment(value: string): boolean {
  const iso = `${value.replace(" ", "T")}${/[+-]\d\d$/.test(value) ? ":00" : ""}`;
  return z.iso.datetime({ offset: true }).safeParse(iso).success;
}

/** The filter as the store takes it. Everybody has the role `user`, so it filters nothing. */
export function toFilter(wanted: z.output<typeof userFilterSchema>): UserFilter {
  return {
    term: searchTerm(wanted.search),
    role: wanted.role === everyonesRole ? undefined : wanted.role,
    state: wanted.status,
    createdFrom: wanted.createdFrom,
    createdTo: wanted.createdTo,
    emailVerified: wanted.emailVerified,
    anonymous: wanted.anonymous,
  };
}

/**
 * What is common is found first among the next accounts of the order, and what is rare by its own index: each of the two ways
 * alone would read a large part of a large table for what suits the other.
 */
async function findUsers(db: Database, filter: UserFilter, page: UserPage): Promise<readonly ListedUser[]> {
  const { term, role, anonymous } = filter;
  if (term?.kind === "nothing") return [];
  if (term?.kind === "id") return await listMatchingUsers(db, filter, page);
  const isIndexed = role !== undefined || anonymous === true || (term !== undefined && term.kind !== "common");
  if (!isIndexed) return await listUsersInOrder(db, filter, page);
  const found = await listUsersInWindow(db, filter, page);
  return found.length === page.limit ? found : await listMatchingUsers(db, filter, page);
}

/** Reads an account, deleted or not, with what only operators need. Throws `NOT_FOUND`. */
export async function getManagedUser(
  { db, config }: Pick<ListDeps, "config" | "db">,
  id: string,
): Promise<z.output<typeof userDetailsSchema>> {
  const user = await findTarget(db, id);
  const [lastSignInAt, isWithPassword] = [await findLastSignIn(db, user.id), await hasPassword(db, user.id)];
  const privateMetadata = user.private_metadata ?? {};
  const factors = { secondFactors: ownFactors(user), secondFactorResetAt: user.second_factor_reset_at };
  return { ...toManagedUser(user, config), lastSignInAt, hasPassword: isWithPassword, ...factors, privateMetadata };
}

/** Finds the account with this id, address, username or proven number, deleted or not; `undefined` if there is none. */
export async function findManagedUser(
  { db, config }: Pick<ListDeps, "config" | "db">,
  identifier: string,
): Promise<ManagedUser | undefined> {
  const row = await findIdentified(db, await normalizeIdentifier(identifier));
  return row && toManagedUser(row, config);
}

/** An id is longer than any username. */
async function findIdentified(db: Database, identifier: string): Promise<UserRow | undefined> {
  if (z.guid().safeParse(identifier).success) return await findAnyUser(db, identifier);
  return await findNamedUser(db, { kind: kindOfIdentifier(identifier), value: canonicalIdentifier(identifier) });
}

/** Converts a stored account to the form that operators get. */
export function toManagedUser(row: UserRow, config: Pick<Config, "publicUrl">): ManagedUser {
  const { status_reason: statusReason, disabled_until: disabledUntil, deleted_at: deletedAt } = row;
  return { ...toUser(row, config), statusReason, disabledUntil, deletedAt };
}
