/** SQLSTATE of a violated unique constraint (PostgreSQL, appendix A). */
const uniqueViolation = "23505";

/** SQLSTATE of a violated check constraint, which our own triggers raise too. */
const checkViolation = "23514";

/** Whether a statement violated the check of this name. */
export function violatesCheck(error: unknown, constraint: string): boolean {
  return violatedConstraint(error, checkViolation) === constraint;
}

/**
 * Returns the name of the unique constraint or index that a statement violated, or `undefined` for any other error. Both
 * drivers report it in the same fields.
 */
export function violatedUniqueConstraint(error: unknown): string | undefined {
  return violatedConstraint(error, uniqueViolation);
}

function violatedConstraint(error: unknown, state: string): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== state) return undefined;
  return "constraint" in error && typeof error.constraint === "string" ? error.constraint : undefined;
}
