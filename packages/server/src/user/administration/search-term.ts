/** How the texts of accounts are compared with a search. */
export type SearchTerm =
  /** The id of an account. */
  | { readonly kind: "id"; readonly id: string }
  /** A pattern for `like`, that the trigram index can look up. */
  | { readonly kind: "trigrams"; readonly pattern: string }
  /** A pattern with a character that few accounts have: those are in the index of symbols. */
  | { readonly kind: "symbols"; readonly pattern: string }
  /** A pattern of characters that most accounts have, such as `@`. */
  | { readonly kind: "common"; readonly pattern: string }
  /** Longer than everything that an account has. */
  | { readonly kind: "nothing" };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** In UTF-16 code units: an address, a username, two names and a telephone number, with the spaces between them. */
const longestText = 520;

/** Three letters or digits, or a beginning or an end of a word, make a trigram. */
const hasTrigram = /[\p{L}\p{N}]{3}|[^\p{L}\p{N}][\p{L}\p{N}]|[\p{L}\p{N}]{2}[^\p{L}\p{N}]/u;

/** Punctuation and symbols, apart from those that are usual in addresses. */
const hasSymbol = /(?![@._+-])[\p{P}\p{S}]/u;

/**
 * Decides how to look for a text; `undefined` for an empty one. A text is found anywhere, without regard to case; one or two
 * letters are found at the beginning of a word, as nearly every account has them somewhere.
 */
export function searchTerm(search: string | undefined): SearchTerm | undefined {
  const term = (search ?? "").normalize("NFC").trim().replaceAll(/\s+/gu, " ");
  if (term === "") return undefined;
  if (uuid.test(term)) return { kind: "id", id: term };
  if (term.length > longestText) return { kind: "nothing" };
  const escaped = term.replaceAll(/[\\%_]/g, "\\$&");
  if (hasTrigram.test(term)) return { kind: "trigrams", pattern: `%${escaped}%` };
  if (/^[\p{L}\p{N}]/u.test(term)) return { kind: "trigrams", pattern: `% ${escaped}%` };
  return { kind: hasSymbol.test(term) ? "symbols" : "common", pattern: `%${escaped}%` };
}
