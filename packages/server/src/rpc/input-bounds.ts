/** The deepest nesting of objects and arrays in an input. No schema needs more, and recursive code would overflow the stack. */
export const maxInputDepth = 64;

/** The most values of an input: objects, arrays and their members. Schemas take time for each value, not for each byte. */
export const maxInputValues = 10_000;

/** Thrown for an input that cannot be read; the message is a sentence for the caller. */
export class UnreadableInputError extends Error {
  override readonly name = "UnreadableInputError";
}

/**
 * Visits every value of a parsed JSON document once, and returns their number. Throws {@link UnreadableInputError} for more
 * than {@link maxInputValues} values, for a nesting deeper than {@link maxInputDepth}, and for a key that refers to a
 * prototype, since code that copies the document would set that prototype.
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
