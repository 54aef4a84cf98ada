import { sealedColumn } from "../../encryption/sealed-column.ts";

/** The context that the tokens of an identity are sealed with. */
export const identityTokensContext = (publicId: string) => `identity tokens:${publicId}`;

/** The sealed tokens of providers. */
export const sealedIdentityTokens = sealedColumn({
  name: "tokens of providers",
  table: "identity",
  column: "tokens",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: identityTokensContext,
});
