import { z } from "zod";

interface TextLimits {
  /** In UTF-16 code units. */
  readonly max: number;
  /** Whether line feeds may be in it. Default false. */
  readonly allowsLineBreaks?: boolean;
  /** Default 1. */
  readonly min?: number;
}

/**
 * A schema for text that every part of the system can store: PostgreSQL rejects NUL, UTF-8 has no lone surrogates, and
 * control characters in names only serve to deceive. Text that is too long skips all further checks, including those that the
 * caller adds, because Unicode normalization and similar checks can take time quadratic in the length.
 */
export function text(limits: TextLimits) {
  return z
    .string()
    .min(limits.min ?? 1, { abort: true })
    .max(limits.max, { abort: true })
    .refine((value) => value.isWellFormed(), "Must be well-formed Unicode")
    .refine((value) => !hasControlCharacter(value, limits.allowsLineBreaks), "Must not contain control characters");
}

function hasControlCharacter(value: string, allowsLineBreaks = false): boolean {
  return /\p{Cc}/u.test(allowsLineBreaks ? value.replaceAll("\n", "") : value);
}
