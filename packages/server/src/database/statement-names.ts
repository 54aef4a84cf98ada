import { createHash } from "node:crypto";

/** Returns the name of a statement: the hash of its SQL, so that all connections and processes use the same name. */
export function nameStatement(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 32);
}

/**
 * Whether the result columns of a prepared statement have changed, because a newer version of the server has migrated the
 * database meanwhile. PostgreSQL rejects such a statement before it does anything. The statement works under a new name,
 * except in the current transaction.
 */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof Error && "routine" in error && error.routine === "RevalidateCachedQuery";
}
