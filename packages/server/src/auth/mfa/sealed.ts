import { sealedColumn } from "../../encryption/sealed-column.ts";
import { challengeContext } from "./challenge.ts";
import { totpContext } from "./totp.ts";

/** The secrets of authenticator apps. */
export const sealedTotpSecrets = sealedColumn({
  name: "authenticator apps",
  table: "totp",
  column: "secret",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: totpContext,
});

/** What sign-ins that wait for a second factor hold. */
export const sealedChallenges = sealedColumn({
  name: "waiting sign-ins",
  table: "sign_in_challenge",
  column: "sealed",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: challengeContext,
});
