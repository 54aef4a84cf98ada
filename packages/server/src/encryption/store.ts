import { sql } from "kysely";
import { sealedVersion } from "../crypto/key-ring.ts";
import type { Database } from "../database/index.ts";
import type { SealedValueQuery } from "./sealed-data.ts";

/** Where a column lies, and what names its rows. */
interface ColumnAddress {
  readonly table: string;
  readonly column: string;
  readonly idColumn: string;
}

/** A sealed value and the id of its row. */
interface SealedRow {
  readonly id: string;
  readonly sealed: Uint8Array;
}

const version = ({ column }: ColumnAddress) => sql`substring(${sql.ref(column)} from 1 for 1)`;

/** Goes from one version to the next, so that an index answers it in a few steps, however many rows there are. */
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

/** Values that the key of a version sealed. */
export async function listSealedColumn(
  db: Database,
  address: ColumnAddress,
  query: SealedValueQuery,
): Promise<readonly SealedRow[]> {
  const id = sql`${sql.ref(address.idColumn)}::text`;
  const { rows } = await sql<SealedRow>`
    select ${id} as id, ${sql.ref(address.column)} as sealed from ${sql.table(address.table)}
    where ${version(address)} = ${Buffer.of(query.version)} and not ${id} = any(${[...(query.exceptIds ?? [])]}::text[])
    limit ${query.limit}`.execute(db);
  return rows;
}

/** Compares and sets. A row at a time, so that it never waits for one while it holds another. */
export async function replaceInColumn(
  db: Database,
  address: ColumnAddress,
  { id, sealed, resealed }: SealedRow & { readonly resealed: Uint8Array },
): Promise<void> {
  const column = sql.ref(address.column);
  await sql`
    update ${sql.table(address.table)} set ${column} = ${Buffer.from(resealed)}
    where ${sql.ref(address.idColumn)} = ${id} and ${column} = ${Buffer.from(sealed)}`.execute(db);
}
