import { type RawBuilder, sql } from "kysely";
import type { Database } from "../../database/connection.ts";
import type { UserRow } from "../store.ts";
import type { SearchTerm } from "./search-term.ts";

/** The state of an account as operators see it: a deleted one can be restored. */
type AccountState = UserRow["status"] | "deleted";

/** Which accounts are listed. */
export interface UserFilter {
  readonly term: SearchTerm | undefined;
  readonly role: string | undefined;
  /** Default: all but the deleted ones. */
  readonly state: AccountState | undefined;
  readonly createdFrom: Date | undefined;
  /** The first moment that is too late. */
  readonly createdTo: Date | undefined;
  readonly emailVerified: boolean | undefined;
  readonly anonymous: boolean | undefined;
}

/** The order of a list; a minus sign puts the largest first. */
type UserOrder = "createdAt" | "-createdAt" | "email" | "-email";

/** A part of the list: at most `limit` accounts behind the position. */
export interface UserPage {
  readonly order: UserOrder;
  readonly after: { readonly value: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** An account, with its place in the order as text, which keeps the microseconds that a `Date` loses. */
export type ListedUser = UserRow & { readonly position: string };

type Condition = RawBuilder<unknown>;

/**
 * Lists accounts in order, by the index of that order. It reads accounts until enough are found, so it is for what many accounts
 * have, or what an index finds together with the order.
 */
export async function listUsersInOrder(
  db: Database,
  filter: UserFilter,
  page: UserPage,
): Promise<readonly ListedUser[]> {
  const conditions = all([...placeConditions(filter, page), ...matchConditions(filter)]);
  const { rows } = await sql<ListedUser>`
    select *, ${position(page)} as position from "user"
    where ${conditions} order by ${orderBy(page)} limit ${page.limit}`.execute(db);
  return rows;
}

/**
 * How many accounts are looked through in the order of the list for what many accounts have. What fewer than one in two hundred
 * have is found sooner by the index of what they have.
 */
const windowSize = 4000;

/** Lists the accounts among the next thousands of the order that match; there may be more behind them. */
export async function listUsersInWindow(
  db: Database,
  filter: UserFilter,
  page: UserPage,
): Promise<readonly ListedUser[]> {
  const { rows } = await sql<ListedUser>`
    select *, ${position(page)} as position from (
      select * from "user" where ${all(placeConditions(filter, page))} order by ${orderBy(page)} limit ${sql.lit(windowSize)}
    ) as "user"
    where ${all(matchConditions(filter))} order by ${orderBy(page)} limit ${page.limit}`.execute(db);
  return rows;
}

/** Lists accounts that match, by the index of what they have, and sorts them: for what few accounts have. */
export async function listMatchingUsers(
  db: Database,
  filter: UserFilter,
  page: UserPage,
): Promise<readonly ListedUser[]> {
  const conditions = all([...placeConditions(filter, page), ...matchConditions(filter)]);
  // The offset keeps the search a plan of its own. Without it, PostgreSQL may walk all accounts in their order to find a few rare ones.
  // A materialized expression would do the same, but would store a copy of each account that matches.
  const { rows } = await sql<ListedUser>`
    with listed as (
      select id from (select id, created_at, email_canonical from "user" where ${conditions} offset 0) as matching
      order by ${orderBy(page)} limit ${page.limit}
    )
    select "user".*, ${position(page)} as position from listed join "user" using (id) order by ${orderBy(page)}`.execute(
    db,
  );
  return rows;
}

/** The conditions of an account that matches, wherever it is in a list. */
export function userConditions(filter: UserFilter): RawBuilder<unknown> {
  return all([...placeConditions(filter), ...matchConditions(filter)]);
}

function position({ order }: UserPage): Condition {
  return order.endsWith("createdAt") ? sql`created_at::text` : addressOrNone;
}

function orderBy({ order }: UserPage): Condition {
  switch (order) {
    case "createdAt":
      return sql`created_at, id`;
    case "-createdAt":
      return sql`created_at desc, id desc`;
    case "email":
      return sql`${addressOrNone}, id`;
    case "-email":
      return sql`${addressOrNone} desc, id desc`;
  }
}

/** As in the index: accounts without an address come before all addresses. */
const addressOrNone = sql`coalesce(email_canonical, '')`;

/** What an index finds together with the order. */
function placeConditions({ state, createdFrom, createdTo }: UserFilter, page?: UserPage): Condition[] {
  return [
    stateCondition(state),
    ...(createdFrom === undefined ? [] : [sql`created_at >= ${createdFrom}`]),
    ...(createdTo === undefined ? [] : [sql`created_at < ${createdTo}`]),
    ...(page === undefined ? [] : behind(page)),
  ];
}

function behind({ order, after }: UserPage): Condition[] {
  if (after === undefined) return [];
  const { value, id } = after;
  switch (order) {
    case "createdAt":
      return [sql`(created_at, id) > (${value}::timestamptz, ${id}::bigint)`];
    case "-createdAt":
      return [sql`(created_at, id) < (${value}::timestamptz, ${id}::bigint)`];
    case "email":
      return [sql`(${addressOrNone}, id) > (${value}, ${id}::bigint)`];
    case "-email":
      return [sql`(${addressOrNone}, id) < (${value}, ${id}::bigint)`];
  }
}

/** As in the conditions of the indexes. */
function stateCondition(state: AccountState | undefined): Condition {
  if (state === undefined) return sql`deleted_at is null`;
  if (state === "active") return sql`status = 'active' and deleted_at is null`;
  return sql`(case when deleted_at is null then status else 'deleted' end) = ${sql.lit(state)}
    and (status <> 'active' or deleted_at is not null)`;
}

function matchConditions({ term, role, emailVerified, anonymous }: UserFilter): Condition[] {
  return [
    ...(term === undefined ? [] : [termCondition(term)]),
    ...(role === undefined ? [] : [sql`roles @> array[${role}]::text[] and roles <> '{}'`]),
    ...(emailVerified === undefined
      ? []
      : [emailVerified ? sql`email_verified_at is not null` : sql`email_verified_at is null`]),
    ...(anonymous === undefined ? [] : [anonymous ? sql`anonymous_since is not null` : sql`anonymous_since is null`]),
  ];
}

function termCondition(term: SearchTerm): Condition {
  switch (term.kind) {
    case "id":
      return sql`public_id = ${term.id}::uuid`;
    case "trigrams":
    case "common":
      return sql`search_text like lower(${term.pattern})`;
    case "symbols":
      return sql`search_text like lower(${term.pattern}) and search_text ~ '[^[:alnum:] @._+-]'`;
    case "nothing":
      return sql`false`;
  }
}

function all(conditions: readonly Condition[]): Condition {
  return sql.join(conditions, sql` and `);
}

/** When the user last signed in themselves, as far as their sessions are kept. */
export async function findLastSignIn(db: Database, userId: string): Promise<Date | null> {
  const row = await db
    .selectFrom("session")
    .select(({ fn }) => fn.max("created_at").as("at"))
    .where("user_id", "=", userId)
    .where("impersonator_id", "is", null)
    .executeTakeFirst();
  return row?.at ?? null;
}
