import { sealedColumn } from "../../encryption/sealed-column.ts";
import { signingKeyContext } from "./key-pair.ts";

/** The private halves of the signing keys. */
export const sealedSigningKeys = sealedColumn({
  name: "signing keys",
  table: "signing_key",
  column: "private_key",
  idColumn: "id",
  idType: "text",
  contextOf: signingKeyContext,
});
