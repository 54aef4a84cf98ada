import { sql } from "kysely";
import { sealedVersion } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import type { SealedValueQuery } from "./sealed-data.ts";

/** A sealed column, and the column that identifies its rows. */
interface ColumnAddress {
  readonly table: string;
  readonly column: string;
  readonly idColumn: string;
  readonly idType: "uuid" | "text";
}

/** A sealed value and the id of its row. */
interface SealedRow {
  readonly id: string;
  readonly sealed: Uint8Array;
}

const version = ({ column }: ColumnAddress) => sql`substring(${sql.ref(column)} from 1 for 1)`;

/** Returns the versions in the column. A loose index scan finds them in a few steps, however large the table is. */
export async function listColumnVersions(db: Database, address: ColumnAddress): Promise<readonly number[]> {
  const table = sql.table(address.table);
  const { rows } = await sql<{ version: Uint8Array }>`
    with recursive found as (
      (select ${version(address)} as version from ${table} order by 1 limit 1)
      union all
      select (select ${version(address)} from ${table} where ${version(address)} > found.version order by 1 limit 1)
      from found where found.version is not null
    )
    select version from found where version is not null`.execute(db);
  return rows.map((row) => sealedVersion(row.version));
}

/** Returns values that the key of the given version sealed. */
export async function listSealedColumn(
  db: Database,
  address: ColumnAddress,
  query: SealedValueQuery,
): Promise<readonly SealedRow[]> {
  const id = sql`${sql.ref(address.idColumn)}::text`;
  const sealedBy = Buffer.of(query.version);
  // `between` keeps the order of the index. With `=` the order would be redundant, and PostgreSQL would read the whole table
  // if its statistics say that most rows have this version.
  const { rows } = await sql<SealedRow>`
    select ${id} as id, ${sql.ref(address.column)} as sealed from ${sql.table(address.table)}
    where ${version(address)} between ${sealedBy} and ${sealedBy}
      and not ${id} = any(${[...(query.exceptIds ?? [])]}::text[])
    order by ${version(address)} limit ${query.limit}`.execute(db);
  return rows;
}

/** Replaces values by compare-and-set, skips locked rows and returns the number of replaced values. */
export async function replaceInColumn(
  db: Database,
  address: ColumnAddress,
  values: readonly (SealedRow & { readonly resealed: Uint8Array })[],
): Promise<number> {
  const [table, column, id] = [sql.table(address.table), sql.ref(address.column), sql.ref(address.idColumn)];
  // The values are sent as text, because both drivers support arrays of text.
  const ids = values.map((value) => value.id);
  const before = values.map(({ sealed }) => toHex(sealed));
  const after = values.map(({ resealed }) => toHex(resealed));
  const { numAffectedRows } = await sql`
    with resealed as (
      select key::${sql.raw(address.idType)} as key, decode(before, 'hex') as before, decode(after, 'hex') as after
      from unnest(${ids}::text[], ${before}::text[], ${after}::text[]) as value(key, before, after)
    ),
    free as materialized (
      select key, after from ${table} join resealed on ${id} = key and ${column} = before for update of ${table} skip locked
    )
    update ${table} set ${column} = after from free where ${id} = key`.execute(db);
  return Number(numAffectedRows ?? 0);
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
