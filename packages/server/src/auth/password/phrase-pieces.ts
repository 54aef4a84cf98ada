import type { DictionaryMatch, MatchExtended } from "@zxcvbn-ts/core";
import type { CommonWords } from "./common-words.ts";
import { isDictionaryMatch, reasonsOfPatterns } from "./match-reason.ts";
import { datePieces } from "./phrase-dates.ts";
import type { Piece } from "./phrase-piece.ts";

/** Guesses at the most frequent words; their order among themselves is a matter of whose texts are counted. */
const leastGuessesOfWord = 10;

/**
 * Guesses at a word of the list of passwords that stands among others. The list ranks whole passwords; as words, "monkey" or
 * "dragon" are not among the first that come to mind.
 */
const leastGuessesOfListed = 1000;

/** Guesses at a word of the list of random phrases, which is in the order of the alphabet: it has as many. */
const guessesOfRandomWord = 7776;

/** Guesses at a character that belongs to no piece; the estimator reckons with as many. */
export const guessesOfCharacter = 10;

/** Guesses at where a walk on a keyboard or a series goes on after another. */
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
  return [...wordPieces(folded, words), ...runs(folded), ...separators(folded), ...datePieces(folded), ...found];
}

/** Letters by what people put in their place, one for one, and by their accented forms. */
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

/** Maps each code unit that one takes the place of, so that places in the text stay the same. */
function mapUnits(text: string, map: (unit: string) => string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const mapped = map(text.charAt(index));
    return mapped.length === 1 ? mapped : text.charAt(index);
  }).join("");
}

/** Frequent words. They count with characters in place of letters too, but not without any letter. */
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

/** A character several times. Where others are there as often, nothing but which they are is to be guessed. */
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

/** What parts words is mostly the same throughout. */
function separators(text: string): readonly Piece[] {
  return [...text.matchAll(/[ -/:-@[-`{-~]/g)].map(({ 0: name, index: from }) => ({
    from,
    to: from + 1,
    guesses: guessesOfCharacter,
    name,
    guessesAgain: 1,
  }));
}

/** What the estimator found. */
function pieceOfMatch(match: MatchExtended): readonly Piece[] {
  // It counts the last character in.
  const piece = { from: match.i, to: match.j + 1, guesses: Number(match["guesses"]) };
  if (isDictionaryMatch(match)) return [{ ...piece, ...ofDictionary(match, piece.guesses) }];
  const reason = reasonsOfPatterns[match.pattern];
  if (reason === undefined) return [];
  const goesOn = match.pattern === "spatial" || match.pattern === "sequence";
  return [{ ...piece, reason, ...(goesOn && { name: match.pattern, guessesAgain: guessesOfNextStart }) }];
}

/** A word in two forms, such as backwards or with a number behind it, has one name. */
function ofDictionary({ dictionaryName, matchedWord }: DictionaryMatch, guesses: number): Partial<Piece> {
  const name = matchedWord.replace(/(?<!\d)\d{1,4}$/, "");
  if (dictionaryName === "userInputs") return { name, guesses, reason: "guessable" };
  if (dictionaryName === "passwords-common") {
    return { name, guesses: Math.max(guesses, leastGuessesOfListed), reason: "common" };
  }
  return { name, guesses: Math.max(guesses, guessesOfRandomWord), reason: "guessable" };
}
