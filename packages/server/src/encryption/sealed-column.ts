import type { Tables } from "../database/tables.gen.ts";
import type { SealedData } from "./sealed-data.ts";
import { listColumnVersions, listSealedColumn, replaceInColumn } from "./store.ts";

/** A `bytea` column in which every value is sealed. */
export interface SealedColumn<Table extends keyof Tables> {
  /** The name of the values in messages for operators, such as `sessions`. */
  readonly name: string;
  readonly table: Table;
  readonly column: keyof Tables[Table] & string;
  /** A unique column whose values never change; the context of a seal is derived from it. */
  readonly idColumn: keyof Tables[Table] & string;
  readonly idType: "uuid" | "text";
  contextOf(id: string): string;
}

/**
 * Turns a column into a place of sealed values. A large table needs an index on `substring(column from 1 for 1)`, the byte
 * with the key's version.
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
