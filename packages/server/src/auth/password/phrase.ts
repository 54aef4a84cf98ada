import type { MatchExtended } from "@zxcvbn-ts/core";
import type { PasswordRefusalReason } from "../../password-refusal.ts";
import type { CommonWords } from "./common-words.ts";
import { guessesOfCharacter, type Piece, piecesOf } from "./phrase-pieces.ts";

/** How well a text resists an attacker who combines known pieces. */
export interface PhraseEstimate {
  readonly guesses: number;
  /** The reason that covers most characters. */
  readonly reason: PasswordRefusalReason;
}

/** The sources of known pieces. */
interface Known {
  readonly words: CommonWords;
  /** The estimator's matches in the text. */
  readonly matches: readonly MatchExtended[];
}

const defaultGuessesAgain = 2;

/** Guesses for a letter of an unknown word. */
const guessesOfLetter = 26;

/**
 * Estimates the guesses of the cheapest way to compose the text: the product of the guesses of its pieces, where a repeated
 * piece counts once. The estimator itself adds 10,000 guesses for each piece, which overrates phrases of frequent words, and
 * lacks words that are no passwords.
 */
export function estimatePhrase(text: string, known: Known): PhraseEstimate {
  const pieces = cheapest(text, piecesOf(text, known));
  return { guesses: guessesOfAll(pieces), reason: reasonOfMost(pieces) };
}

/** The pieces with the least product that cover the whole text. */
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

/** The character before `to` as a piece of its own. A letter inside a word needs more guesses than a lone one, such as "I" or "y". */
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
