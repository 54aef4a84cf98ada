import { z } from "zod";

interface TextLimits {
  /** In UTF-16 code units. */
  readonly max: number;
  /** Default 1. */
  readonly min?: number;
}

/**
 * Text that every part of the system can hold: PostgreSQL refuses NUL, UTF-8 has no lone surrogates, and control
 * characters in names only serve to deceive. What is too long is looked at no further, neither here nor in the rules that
 * are added: normalising, and Unicode's other rules, take time by the square of the length.
 */
export function text(limits: TextLimits) {
  return z
    .string()
    .min(limits.min ?? 1, { abort: true })
    .max(limits.max, { abort: true })
    .refine((value) => value.isWellFormed(), "Must be well-formed Unicode")
    .refine((value) => !hasControlCharacter(value), "Must not contain control characters");
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value);
}
