import type { z } from "zod";
import { hasPassword } from "../../auth/password/service.ts";
import type { Config } from "../../config.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database } from "../../database/connection.ts";
import { readOrderedPage } from "../../list-page.ts";
import { everyonesRole } from "../../role/permissions.ts";
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
  const request = { list: `users:${order}:${JSON.stringify(filter)}`, cursor, limit };
  const { rows, nextCursor } = await readOrderedPage(deps, request, (page) =>
    findUsers(deps.db, filter, { order, ...page }),
  );
  return { items: rows.map((row) => toManagedUser(row, deps.config)), nextCursor };
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
  };
}

/**
 * What is common is found first among the next accounts of the order, and what is rare by its own index: each of the two ways
 * alone would read a large part of a large table for what suits the other.
 */
async function findUsers(db: Database, filter: UserFilter, page: UserPage): Promise<readonly ListedUser[]> {
  const { term, role } = filter;
  if (term?.kind === "nothing") return [];
  if (term?.kind === "id") return await listMatchingUsers(db, filter, page);
  const isIndexed = role !== undefined || (term !== undefined && term.kind !== "common");
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
  return { ...toManagedUser(user, config), lastSignInAt, hasPassword: isWithPassword };
}

/** Converts a stored account to the form that operators get. */
export function toManagedUser(row: UserRow, config: Pick<Config, "publicUrl">): ManagedUser {
  const { status_reason: statusReason, disabled_until: disabledUntil, deleted_at: deletedAt } = row;
  return { ...toUser(row, config), statusReason, disabledUntil, deletedAt };
}
