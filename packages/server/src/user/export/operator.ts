import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { findUserIds } from "../store.ts";
import { writeContent } from "./content.ts";

interface OperatorExportDeps {
  readonly db: Database;
  readonly clock: { now(): Date };
}

/**
 * Writes all that is held about a user, deleted ones too, for an operator who answers their request; in pieces of one JSON
 * document. Throws `NOT_FOUND`.
 */
export async function* exportUser(deps: OperatorExportDeps, publicId: string): AsyncGenerator<string> {
  const user = await findUserIds(deps.db, publicId);
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  yield* writeContent(deps, user);
}
