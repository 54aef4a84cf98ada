import { type RawBuilder, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { UserImportTable } from "../../database/tables.gen.ts";

/**
 * A user in the form that the statements below take. They take any number of users as one JSON text, in which undefined
 * values become null. Timestamps are ISO 8601.
 */
export interface ImportRow {
  readonly public_id: string;
  readonly email: string | undefined;
  readonly email_canonical: string | undefined;
  readonly username: string | undefined;
  readonly username_canonical: string | undefined;
  readonly username_skeleton: string | undefined;
  readonly given_name: string | undefined;
  readonly family_name: string | undefined;
  readonly birth_date: string | undefined;
  readonly locale: string;
  readonly time_zone: string | undefined;
  readonly status: string;
  readonly roles: readonly string[];
  readonly phone: string | undefined;
  readonly email_verified_at: string | undefined;
  readonly phone_verified_at: string | undefined;
  readonly created_at: string;
  readonly hash: string | undefined;
}

const columns = sql.raw(`public_id, email, email_canonical, username, username_canonical, given_name, family_name,
  birth_date, locale, time_zone, status, roles, phone, email_verified_at, phone_verified_at, created_at`);

const recordType = sql.raw(`(public_id uuid, email text, email_canonical text, username text, username_canonical text,
  username_skeleton text, given_name text, family_name text, birth_date date, locale text, time_zone text, status text,
  roles text[], phone text,
  email_verified_at timestamptz, phone_verified_at timestamptz, created_at timestamptz, hash text)`);

/**
 * Adds the users that clash with no other user, and their passwords, in one statement. Users whose names look alike keep them:
 * only the first has the skeleton. Returns the public ids of the added users.
 */
export async function addUsers(
  trx: DatabaseTransaction,
  rows: readonly ImportRow[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const added = await sql<{ public_id: string }>`
    with line as materialized (
      select *, row_number() over (partition by username_skeleton order by ordinality) as place
      from rows from (json_to_recordset(${JSON.stringify(rows)}::json) as ${recordType}) with ordinality
    ),
    added as (
      insert into "user" (${columns}, username_skeleton, updated_at)
      select ${columns}, case when place = 1 and not exists
        (select from "user" taken where taken.username_skeleton = line.username_skeleton) then username_skeleton end,
        ${now}::timestamptz
      from line order by ordinality
      on conflict do nothing returning id, public_id
    ),
    secured as (
      insert into password (user_id, hash, created_at, updated_at)
      select added.id, line.hash, ${now}::timestamptz, ${now}::timestamptz
      from added join line using (public_id) where line.hash is not null
    )
    select public_id from added`.execute(trx);
  return new Set(added.rows.map((row) => row.public_id));
}

/** Removes users that this transaction has added, by their public ids. */
export async function removeUsers(trx: DatabaseTransaction, publicIds: readonly string[]): Promise<void> {
  await sql`delete from "user" where public_id = any(${publicIds}::uuid[])`.execute(trx);
}

/** Creates the empty table of a trial, with the unique indexes of the real table. */
export async function createTrial(trx: DatabaseTransaction): Promise<void> {
  await sql`create temporary table user_import_trial (like "user" including defaults including generated including indexes including identity) on commit drop`.execute(
    trx,
  );
}

/** Adds users to the temporary table of the trial, with the same result as {@link addUsers} would have. */
export async function tryUsers(
  trx: DatabaseTransaction,
  rows: readonly ImportRow[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const added = await sql<{ public_id: string }>`
    with line as materialized (select * from json_to_recordset(${JSON.stringify(rows)}::json) as ${recordType})
    insert into user_import_trial (${columns}, updated_at) select ${columns}, ${now}::timestamptz from line
    where not exists (select from "user" taken where taken.email_canonical = line.email_canonical)
      and not exists (select from "user" taken where taken.username_canonical = line.username_canonical)
      and not exists (select from "user" taken where taken.public_id = line.public_id)
      and not exists (select from "user" taken where taken.phone = line.phone
        and taken.phone_verified_at is not null and line.phone_verified_at is not null)
    on conflict do nothing returning public_id`.execute(trx);
  return new Set(added.rows.map((row) => row.public_id));
}

/** Removes users that this trial has added, by their public ids. */
export async function removeTrialUsers(trx: DatabaseTransaction, publicIds: readonly string[]): Promise<void> {
  await sql`delete from user_import_trial where public_id = any(${publicIds}::uuid[])`.execute(trx);
}

/** The fields of a user that belong to another account or to an earlier record. */
export interface Clash {
  readonly email: boolean;
  readonly username: boolean;
  readonly id: boolean;
  readonly phone: boolean;
}

/** Returns the taken fields of each user, in the order of the rows. */
export async function findClashes(trx: DatabaseTransaction, rows: readonly ImportRow[]): Promise<readonly Clash[]> {
  return await clashesWith(trx, sql`"user"`, rows);
}

/** Like {@link findClashes}, but also compares with the users that the trial has added. */
export async function findTrialClashes(
  trx: DatabaseTransaction,
  rows: readonly ImportRow[],
): Promise<readonly Clash[]> {
  const both = [sql`"user"`, sql`user_import_trial`].map(
    (table) => sql`select email_canonical, username_canonical, public_id, phone, phone_verified_at from ${table}`,
  );
  return await clashesWith(trx, sql`(${sql.join(both, sql` union all `)})`, rows);
}

async function clashesWith(
  trx: DatabaseTransaction,
  users: RawBuilder<unknown>,
  rows: readonly ImportRow[],
): Promise<readonly Clash[]> {
  const taken = (condition: RawBuilder<unknown>) => sql`exists (select from ${users} taken where ${condition})`;
  const clashes = await sql<Clash>`
    select
      ${taken(sql`taken.email_canonical = line.email_canonical`)} as email,
      ${taken(sql`taken.username_canonical = line.username_canonical`)} as username,
      ${taken(sql`taken.public_id = line.public_id`)} as id,
      ${taken(sql`taken.phone = line.phone and taken.phone_verified_at is not null`)}
        and line.phone_verified_at is not null as phone
    from rows from (json_to_recordset(${JSON.stringify(rows)}::json) as ${recordType}) with ordinality as line
    order by line.ordinality`.execute(trx);
  return clashes.rows;
}

/** The state of an import. */
export interface ImportState {
  /** The offset in the file of the first record that is not done. */
  readonly nextByte: number;
  readonly nextLine: number;
  readonly imported: number;
  readonly refused: number;
  /** The length of the report for the records that are done. */
  readonly reportBytes: number;
  readonly finishedAt: Date | null;
}

/**
 * Returns the state of this file's import, and creates it for a new file. Waits for a batch in progress, because a killed
 * process may have left its transaction open.
 */
export async function openImportState(db: Database, digest: Uint8Array, now: Date): Promise<ImportState> {
  await db
    .insertInto("user_import")
    .values({ source_digest: digest, ...toColumns(importStart), created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column("source_digest").doNothing())
    .execute();
  const row = await db
    .selectFrom("user_import")
    .selectAll()
    .where("source_digest", "=", digest)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

/** Deletes the state of this file's import. */
export async function forgetImportState(db: Database, digest: Uint8Array): Promise<void> {
  await db.deleteFrom("user_import").where("source_digest", "=", digest).execute();
}

/**
 * Locks the import until the transaction ends. Returns `false` if its state is not the given one, because another process
 * has moved it.
 */
export async function holdImportState(
  trx: DatabaseTransaction,
  digest: Uint8Array,
  { nextByte, finishedAt }: ImportState,
): Promise<boolean> {
  const held = await trx
    .selectFrom("user_import")
    .select("next_byte")
    .where("source_digest", "=", digest)
    .where("next_byte", "=", String(nextByte))
    .where("finished_at", "is not distinct from", finishedAt)
    .forUpdate()
    .executeTakeFirst();
  return held !== undefined;
}

/**
 * Takes the advisory lock that lets one import at a time, of any file, add a batch; the transaction holds it until it ends.
 * Without the lock, two imports that add the same users in different orders would deadlock. Sorting the users would prevent
 * that too, but of two records that clash the first in the file must be added.
 */
export async function waitForOtherBatches(trx: DatabaseTransaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gatehouse user import', 0))`.execute(trx);
}

/** Stores the new state of the import that the transaction has locked. */
export async function moveImportState(
  trx: DatabaseTransaction,
  digest: Uint8Array,
  state: ImportState & { readonly updatedAt: Date },
): Promise<void> {
  await trx
    .updateTable("user_import")
    .set({ ...toColumns(state), updated_at: state.updatedAt })
    .where("source_digest", "=", digest)
    .execute();
}

/** The state before the first record. */
export const importStart: ImportState = {
  nextByte: 0,
  nextLine: 1,
  imported: 0,
  refused: 0,
  reportBytes: 0,
  finishedAt: null,
};

function toColumns(state: ImportState) {
  return {
    next_byte: String(state.nextByte),
    next_line: String(state.nextLine),
    imported: String(state.imported),
    refused: String(state.refused),
    report_bytes: String(state.reportBytes),
    finished_at: state.finishedAt,
  };
}

function fromRow(row: Selectable<UserImportTable>): ImportState {
  return {
    nextByte: Number(row.next_byte),
    nextLine: Number(row.next_line),
    imported: Number(row.imported),
    refused: Number(row.refused),
    reportBytes: Number(row.report_bytes),
    finishedAt: row.finished_at,
  };
}
