/** How deep objects and arrays of an input may lie in each other: no schema needs more, and what walks them would overflow. */
export const maxInputDepth = 64;

/** Values of an input at most: objects, arrays and what is in them. What schemas do takes time for each, not for its bytes. */
export const maxInputValues = 10_000;

/** Why an input cannot be read, as a sentence for its caller. */
export class UnreadableInputError extends Error {
  override readonly name = "UnreadableInputError";
}

/**
 * Looks at every value of a parsed JSON document once, and returns how many there are. Throws {@link UnreadableInputError}
 * where they are more than {@link maxInputValues} or deeper than {@link maxInputDepth}, and for a key that reaches for a
 * prototype: what copies the document would give it that prototype.
 */
export function assertBounded(document: unknown, depth = 1): number {
  if (typeof document !== "object" || document === null) return 1;
  if (depth > maxInputDepth) {
    throw new UnreadableInputError(`The input is nested more than ${maxInputDepth} levels deep.`);
  }
  let count = 1;
  if (Array.isArray(document)) {
    for (const element of document) count += assertBounded(element, depth + 1);
  } else {
    const members = document as Readonly<Record<string, unknown>>;
    for (const key in members) {
      assertHarmless(key, members[key]);
      count += assertBounded(members[key], depth + 1);
    }
  }
  if (count > maxInputValues) {
    throw new UnreadableInputError(`The input has more than ${maxInputValues} values: send it in parts.`);
  }
  return count;
}

function assertHarmless(key: string, value: unknown): void {
  if (key === "__proto__" || (key === "constructor" && hasPrototype(value))) {
    throw new UnreadableInputError(`The key ${key} is not allowed in an input.`);
  }
}

function hasPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}
