import type { MatchExtended } from "@zxcvbn-ts/core";
import type { PasswordRefusalReason } from "../../password-refusal.ts";
import type { CommonWords } from "./common-words.ts";
import type { Piece } from "./phrase-piece.ts";
import { guessesOfCharacter, piecesOf } from "./phrase-pieces.ts";

/** How well a text withstands guesses that put pieces together. */
export interface PhraseEstimate {
  readonly guesses: number;
  /** What most of the characters belong to. */
  readonly reason: PasswordRefusalReason;
}

/** What a phrase is taken apart by. */
interface Known {
  readonly words: CommonWords;
  /** What the estimator found in the text. */
  readonly matches: readonly MatchExtended[];
}

const defaultGuessesAgain = 2;

/** Guesses at a letter of a word that is not known. */
const guessesOfLetter = 26;

/**
 * The guesses that the cheapest way to put the text together takes: the product of those of its pieces, where a piece that
 * was there before counts once. The estimator reckons with 10,000 for each piece on top, which is generous to phrases of
 * frequent words, and knows no words that no password consists of.
 */
export function estimatePhrase(text: string, known: Known): PhraseEstimate {
  const pieces = cheapest(text, piecesOf(text, known));
  return { guesses: guessesOfAll(pieces), reason: reasonOfMost(pieces) };
}

/** The pieces whose product is least, from the beginning to the end of the text. */
function cheapest(text: string, candidates: readonly Piece[]): readonly Piece[] {
  const byEnd = Map.groupBy(candidates, ({ to }) => to);
  const best: { guesses: number; last?: Piece }[] = [{ guesses: 1 }];
  for (let to = 1; to <= text.length; to += 1) {
    const ways = [...(byEnd.get(to) ?? []), characterBefore(text, to)].map((last) => ({
      guesses: (best[last.from]?.guesses ?? Infinity) * last.guesses,
      last,
    }));
    best.push(ways.reduce((one, other) => (other.guesses < one.guesses ? other : one)));
  }
  const pieces: Piece[] = [];
  for (let last = best.at(-1)?.last; last !== undefined; last = best[last.from]?.last) pieces.unshift(last);
  return pieces;
}

/** The character as one that belongs to nothing. A letter of a word is one of an alphabet; by itself it may be "I" or "y". */
function characterBefore(text: string, to: number): Piece {
  const isInWord = /^\p{L}$/u.test(text.charAt(to - 1)) && /\p{L}{2}/u.test(text.slice(Math.max(0, to - 2), to + 1));
  return { from: to - 1, to, guesses: isInWord ? guessesOfLetter : guessesOfCharacter };
}

function guessesOfAll(pieces: readonly Piece[]): number {
  const seen = new Set<string>();
  let guesses = 1;
  for (const { name, guesses: first, guessesAgain = defaultGuessesAgain } of pieces) {
    guesses *= name !== undefined && seen.has(name) ? guessesAgain : first;
    if (name !== undefined) seen.add(name);
  }
  return guesses;
}

function reasonOfMost(pieces: readonly Piece[]): PasswordRefusalReason {
  const characters = new Map<PasswordRefusalReason, number>();
  for (const { from, to, reason } of pieces) {
    if (reason !== undefined) characters.set(reason, (characters.get(reason) ?? 0) + to - from);
  }
  const [most] = [...characters].toSorted(([, one], [, other]) => other - one);
  return most?.[0] ?? "guessable";
}
