import { onLatinKeys } from "./keyboards.ts";

/**
 * Characters that are estimated at a time, since the time grows by more than the square of them. A password of which a part
 * is strong is strong, and 32 characters of anything but a pattern are.
 */
const estimatedCharacters = 32;

/**
 * The texts that a guess may be right about: look-alike forms of a character count as one (NFKC), but some stand for a
 * whole phrase, so that the password as it is hashed (NFC) counts as well, and so do the keys that were pressed for it. The
 * estimator does not see the ends of lines.
 */
export function formsOf(password: string): ReadonlySet<string> {
  const compatible = password.normalize("NFKC");
  const forms = [compatible, password.normalize("NFC"), onLatinKeys(compatible)];
  return new Set(forms.map((form) => form.replace(/[\n\r\u2028\u2029]/g, " ")));
}

/** What a text repeats from its beginning to its end, at least twice; the text if it does not. */
export function periodOf(text: string): string {
  for (let length = 1; length * 2 <= text.length; length += 1) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}

/** The beginning of a text, and its end too where the text is longer. */
export function endsOf(text: string): ReadonlySet<string> {
  const characters = [...text];
  const ends = [characters.slice(0, estimatedCharacters), characters.slice(-estimatedCharacters)];
  return new Set(ends.map((end) => end.join("")));
}
