import type { DictionaryMatch, MatchExtended } from "@zxcvbn-ts/core";
import { type PasswordRefusalReason, passwordRefusalReasons } from "../../password-refusal.ts";
import type { KnownWords } from "./known-words.ts";

/** A password counts as made of names if they are at least this share of its characters. */
export const minShareOfName = 1 / 4;

/** The most useful reason: a disguised name, else the reason that covers most characters. */
export function reasonOf(matches: readonly MatchExtended[], { service }: KnownWords): PasswordRefusalReason {
  const names = matches.filter(isKnownWord);
  if (names.length > 0 && countCharacters(names) >= countCharacters(matches) * minShareOfName) {
    return names.some(({ matchedWord }) => service.includes(matchedWord)) ? "service_name" : "personal";
  }
  const byReason = Object.entries(Object.groupBy(matches, reasonOfMatch));
  const [most] = byReason.toSorted(([, one], [, other]) => countCharacters(other) - countCharacters(one));
  return passwordRefusalReasons.find((reason) => reason === most?.[0]) ?? "guessable";
}

function countCharacters(matches: readonly MatchExtended[]): number {
  return matches.reduce((total, { token }) => total + token.length, 0);
}

/** Whether the estimator found the match in a dictionary. */
export function isDictionaryMatch(match: MatchExtended): match is DictionaryMatch {
  return match.pattern === "dictionary";
}

function isKnownWord(match: MatchExtended): match is DictionaryMatch {
  return isDictionaryMatch(match) && match.dictionaryName === "userInputs";
}

/** The reason for each pattern of the estimator. */
export const reasonsOfPatterns: Readonly<Record<string, PasswordRefusalReason>> = {
  repeat: "repeated",
  sequence: "sequence",
  spatial: "keyboard",
  date: "date",
  // The estimator's only regular expression matches years.
  regex: "date",
};

function reasonOfMatch(match: MatchExtended): PasswordRefusalReason {
  const isCommon = isDictionaryMatch(match) && match.dictionaryName === "passwords-common";
  return isCommon ? "common" : (reasonsOfPatterns[match.pattern] ?? "guessable");
}
