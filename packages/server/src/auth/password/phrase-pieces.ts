import type { DictionaryMatch, MatchExtended } from "@zxcvbn-ts/core";
import type { PasswordRefusalReason } from "../../password-refusal.ts";
import type { CommonWords } from "./common-words.ts";
import { isDictionaryMatch, reasonsOfPatterns } from "./match-reason.ts";
import { findDates } from "./phrase-dates.ts";

/** Part of a text that one guess covers. */
export interface Piece {
  /** The first UTF-16 code unit, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Why a text made of such pieces is weak; `undefined` for pieces that nobody knows. */
  readonly reason?: PasswordRefusalReason | undefined;
  readonly guesses: number;
  /** Pieces with the same name repeat each other, in whatever form. Default: it repeats nothing. */
  readonly name?: string | undefined;
  /** Guesses for a piece whose name an earlier piece has. Default: 2, for whether it is repeated. */
  readonly guessesAgain?: number | undefined;
}

/** Guesses for each of the most frequent words, whose order depends on the texts that were counted. */
const leastGuessesOfWord = 10;

/**
 * The least number of guesses for a listed password inside a phrase. The list ranks whole passwords; as words of a phrase,
 * "monkey" or "dragon" are less likely.
 */
const leastGuessesOfListed = 1000;

/** Guesses for a word of the list for random phrases: the length of the list, which is in alphabetical order. */
const guessesOfRandomWord = 7776;

/** Guesses for a character that belongs to no piece, as in the estimator. */
export const guessesOfCharacter = 10;

/** Guesses for the start of a walk on the keyboard, or of a series, after another one. */
const guessesOfNextStart = 10;

/** Letters of the longest word that is looked up. */
const maxWordLetters = 16;

/** Everything in the text that one guess may cover. */
export function piecesOf(
  text: string,
  { words, matches }: { words: CommonWords; matches: readonly MatchExtended[] },
): readonly Piece[] {
  const folded = mapUnits(text, (unit) => unit.toLowerCase());
  const found = matches.flatMap(pieceOfMatch);
  const dates = findDates(folded).map((date) => ({ ...date, reason: "date" as const }));
  return [...wordPieces(folded, words), ...runs(folded), ...separators(folded), ...dates, ...found];
}

/** Letters by the characters that people use in their place. */
const lettersOf: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

function plain(character: string): string {
  return lettersOf[character] ?? character.normalize("NFD").replace(/\p{M}/gu, "");
}

/** Maps each code unit that becomes a single one, so that positions in the text stay the same. */
function mapUnits(text: string, map: (unit: string) => string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const mapped = map(text.charAt(index));
    return mapped.length === 1 ? mapped : text.charAt(index);
  }).join("");
}

/** Frequent words, also with characters in place of some letters, but not of all. */
function wordPieces(text: string, words: CommonWords): readonly Piece[] {
  const letters = mapUnits(text, plain);
  const pieces: Piece[] = [];
  for (let from = 0; from < text.length; from += 1) {
    for (let to = from + 2; to <= Math.min(text.length, from + maxWordLetters); to += 1) {
      const name = letters.slice(from, to);
      const rank = words.get(name);
      if (rank === undefined || !/\p{L}/u.test(text.slice(from, to))) continue;
      pieces.push({ from, to, reason: "guessable", guesses: Math.max(rank, leastGuessesOfWord), name });
    }
  }
  return pieces;
}

/** Runs of one character. For a further run of the same length, only the character is to be guessed. */
function runs(text: string): readonly Piece[] {
  return [...text.matchAll(/(.)\1+/gsu)].map(({ 0: run, index: from }) => ({
    from,
    to: from + run.length,
    reason: "repeated",
    guesses: guessesOfCharacter * run.length,
    name: `run of ${run.length}`,
    guessesAgain: guessesOfCharacter,
  }));
}

/** Separators; most phrases use the same one throughout. */
function separators(text: string): readonly Piece[] {
  return [...text.matchAll(/[ -/:-@[-`{-~]/g)].map(({ 0: name, index: from }) => ({
    from,
    to: from + 1,
    guesses: guessesOfCharacter,
    name,
    guessesAgain: 1,
  }));
}

/** The piece of a match of the estimator. */
function pieceOfMatch(match: MatchExtended): readonly Piece[] {
  // `j` is the last character, not the one after it.
  const piece = { from: match.i, to: match.j + 1, guesses: Number(match["guesses"]) };
  if (isDictionaryMatch(match)) return [{ ...piece, ...ofDictionary(match, piece.guesses) }];
  const reason = reasonsOfPatterns[match.pattern];
  if (reason === undefined) return [];
  const goesOn = match.pattern === "spatial" || match.pattern === "sequence";
  return [{ ...piece, reason, ...(goesOn && { name: match.pattern, guessesAgain: guessesOfNextStart }) }];
}

/** Two forms of a word, such as backwards or with a number at the end, have one name. */
function ofDictionary({ dictionaryName, matchedWord }: DictionaryMatch, guesses: number): Partial<Piece> {
  const name = matchedWord.replace(/(?<!\d)\d{1,4}$/, "");
  if (dictionaryName === "userInputs") return { name, guesses, reason: "guessable" };
  if (dictionaryName === "passwords-common") {
    return { name, guesses: Math.max(guesses, leastGuessesOfListed), reason: "common" };
  }
  return { name, guesses: Math.max(guesses, guessesOfRandomWord), reason: "guessable" };
}
