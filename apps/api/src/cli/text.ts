/**
 * Replaces control characters: other servers and users write some texts, which must not move the cursor, change colours or start
 * a line.
 */
export function inOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}

/** Writes a time for operators, who do not need fractions of a second. */
export function toSecond(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
