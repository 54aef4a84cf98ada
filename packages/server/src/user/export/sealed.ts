import { sealedColumn } from "../../encryption/sealed-column.ts";
import { partContext } from "./part.ts";

/** The sealed column of the parts of exports. */
export const sealedExports = sealedColumn({
  name: "copies of users' data",
  table: "data_export_part",
  column: "sealed",
  idColumn: "id",
  idType: "text",
  contextOf: partContext,
});
