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

/** Breaks a line between its words, so that each part is at most so wide. A word that is longer than a line keeps its length. */
export function wrap(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
