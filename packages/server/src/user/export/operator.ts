import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { findUserIds } from "../store.ts";
import { type ContentDeps, writeContent } from "./content.ts";

/**
 * Writes all that is held about a user, deleted ones too, for an operator who answers their request, and records that; in pieces
 * of one JSON document. Throws `NOT_FOUND`.
 */
export async function* exportUser(deps: ContentDeps & AuditDeps, publicId: string): AsyncGenerator<string> {
  const user = await findUserIds(deps.db, publicId);
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  await inTransaction(deps.db, (trx) =>
    recordEvent(deps, trx, { action: "user.exported", kind: "user", targetId: publicId }),
  );
  yield* writeContent(deps, user);
}
