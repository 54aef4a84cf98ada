import type { DictionaryMatch, MatchExtended, ZxcvbnFactory } from "@zxcvbn-ts/core";
import { type PasswordRefusalReason, passwordRefusalReasons } from "../../password-refusal.ts";
import { endsOf, formsOf, periodOf } from "./guessed-text.ts";
import { type KnownWords, withoutNames } from "./known-words.ts";

/** Why a password is too easy to guess; `undefined` where it is not. */
export type FindWeakness = (password: string, known: KnownWords) => Promise<PasswordRefusalReason | undefined>;

/**
 * Guesses that a password must withstand: the estimator's highest score, "very unguessable". Beside the waits after failed
 * sign-ins that is far more than anybody can try here; who has the hash is kept busy for three years of one core, at 10 ms
 * a guess.
 */
const minGuesses = 1e10;

/** Guesses that a name is worth to who knows its owner, wherever it stands and however often. */
const guessesOfName = 10;

/** A name counts as what a password is made of where it makes up this part of its characters. */
const minShareOfName = 1 / 4;

/** Characters that are tried as what they may stand for, such as @ for a. It bounds the time: each doubles the tries. */
const maxSubstitutions = 8;

/** Estimates by zxcvbn. Its dictionaries, some 8 MB, are loaded for the first password that comes. */
export function createStrengthEstimator(): FindWeakness {
  let loading: Promise<ZxcvbnFactory> | undefined;
  return async (password, known) => {
    loading ??= loadEstimator();
    const estimator = await loading;
    for (const form of formsOf(password)) {
      const weakness = weaknessOf(form, { known, estimator });
      if (weakness !== undefined) return weakness;
    }
    return undefined;
  };
}

async function loadEstimator(): Promise<ZxcvbnFactory> {
  const { ZxcvbnFactory } = await import("@zxcvbn-ts/core");
  const { adjacencyGraphs, dictionary } = await import("@zxcvbn-ts/language-common");
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: maxSubstitutions });
}

interface Estimating {
  readonly known: KnownWords;
  readonly estimator: ZxcvbnFactory;
}

/** The weakness of the first part, unless a part has none. A part is looked at only where those before it are weak. */
function weaknessOf(form: string, { known, estimator }: Estimating): PasswordRefusalReason | undefined {
  const { rest, service, personal } = withoutNames(form, known);
  const named = service + personal;
  const isNamed = named > 0 && named >= form.length * minShareOfName;
  const period = periodOf(rest);
  let weakness: PasswordRefusalReason | undefined;
  for (const part of endsOf(period)) {
    const { guesses, sequence } = estimator.check(part, [...known.service, ...known.personal]);
    if (guesses * (named > 0 ? guessesOfName : 1) >= minGuesses) return undefined;
    if (isNamed) return service >= personal ? "service_name" : "personal";
    weakness ??= period === rest ? reasonOf(sequence, known) : "repeated";
  }
  return weakness;
}

/** What tells most: a name in disguise, else what most of the characters belong to. */
function reasonOf(matches: readonly MatchExtended[], { service }: KnownWords): PasswordRefusalReason {
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

function isDictionaryMatch(match: MatchExtended): match is DictionaryMatch {
  return match.pattern === "dictionary";
}

function isKnownWord(match: MatchExtended): match is DictionaryMatch {
  return isDictionaryMatch(match) && match.dictionaryName === "userInputs";
}

const reasonsOfPatterns: Readonly<Record<string, PasswordRefusalReason>> = {
  repeat: "repeated",
  sequence: "sequence",
  spatial: "keyboard",
  date: "date",
  // The one regular expression is that of a year.
  regex: "date",
};

function reasonOfMatch(match: MatchExtended): PasswordRefusalReason {
  const isCommon = isDictionaryMatch(match) && match.dictionaryName === "passwords-common";
  return isCommon ? "common" : (reasonsOfPatterns[match.pattern] ?? "guessable");
}
