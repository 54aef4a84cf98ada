import { createHash } from "node:crypto";

/** The name of a statement: the hash of its SQL, so that every connection and process gives it the same. */
export function nameStatement(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 32);
}

/**
 * Whether a migration, run by a newer version beside this one, changed the columns that the statement answers with.
 * PostgreSQL then refuses its name before doing anything; under another it works, except in the transaction at hand.
 */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof Error && "routine" in error && error.routine === "RevalidateCachedQuery";
}
