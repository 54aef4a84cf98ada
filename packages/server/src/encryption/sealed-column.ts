import type { Tables } from "../database/tables.gen.ts";
import type { SealedData } from "./sealed-data.ts";
import { listColumnVersions, listSealedColumn, replaceInColumn } from "./store.ts";

/** A `bytea` column whose every value is sealed. */
export interface SealedColumn<Table extends keyof Tables> {
  /** What the values are, in the words of operators: `sessions`. */
  readonly name: string;
  readonly table: Table;
  readonly column: keyof Tables[Table] & string;
  /** Whose value is unique and never changes; the seal's context is made of it. */
  readonly idColumn: keyof Tables[Table] & string;
  readonly idType: "uuid" | "text";
  contextOf(id: string): string;
}

/**
 * A column as a place of sealed values. A large table needs an index on `substring(column from 1 for 1)`, where the version
 * of the key stands.
 */
export function sealedColumn<Table extends keyof Tables>(sealed: SealedColumn<Table>): SealedData {
  return {
    name: sealed.name,
    listVersions: (db) => listColumnVersions(db, sealed),
    async list(db, query) {
      const rows = await listSealedColumn(db, sealed, query);
      return rows.map((row) => ({ ...row, context: sealed.contextOf(row.id) }));
    },
    replace: (db, values) => replaceInColumn(db, sealed, values),
  };
}
