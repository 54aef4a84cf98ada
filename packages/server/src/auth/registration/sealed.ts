import { sealedColumn } from "../../encryption/sealed-column.ts";
import { registrationContext } from "./pending.ts";

/** The sealed column of pending registrations. */
export const sealedRegistrations = sealedColumn({
  name: "pending registrations",
  table: "pending_registration",
  column: "sealed",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: registrationContext,
});
