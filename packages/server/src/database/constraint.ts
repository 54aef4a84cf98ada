/** SQLSTATE of a violated unique constraint (PostgreSQL, appendix A). */
const uniqueViolation = "23505";

/**
 * Returns the name of the unique constraint or index that a statement violated, or `undefined` for any other error. Both
 * drivers report it in the same fields.
 */
export function violatedUniqueConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== uniqueViolation) return undefined;
  return "constraint" in error && typeof error.constraint === "string" ? error.constraint : undefined;
}
