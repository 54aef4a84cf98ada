import type { ZxcvbnFactory } from "@zxcvbn-ts/core";
import type { PasswordRefusalReason } from "../../password-refusal.ts";
import { type CommonWords, loadCommonWords } from "./common-words.ts";
import { endsOf, formsOf, periodOf } from "./guessed-text.ts";
import { type KnownWords, withoutNames } from "./known-words.ts";
import { minShareOfName, reasonOf } from "./match-reason.ts";
import { estimatePhrase } from "./phrase.ts";

/**
 * Guesses that a password must resist: the estimator's highest score, "very unguessable". Online, the waits after failed
 * sign-ins allow far fewer; offline, an attacker with the hash needs three years of one core at 10 ms a guess.
 */
const minGuesses = 1e10;

/** Guesses that known names add, wherever they stand and however often. */
const guessesOfName = 10;

/** Substitutions that are tried, such as @ for a. Each doubles the time, so their number is bounded. */
const maxSubstitutions = 8;

/** Some 8 MB that never change, loaded for the first password and shared by all servers of the process. */
let dictionaries: Promise<Dictionaries> | undefined;

/** Estimates a password by zxcvbn and as a phrase of frequent words; returns why it is too easy to guess, if it is. */
export async function findWeakness(password: string, known: KnownWords): Promise<PasswordRefusalReason | undefined> {
  dictionaries ??= loadDictionaries();
  const loaded = await dictionaries;
  for (const form of formsOf(password)) {
    const weakness = weaknessOf(form, { known, ...loaded });
    if (weakness !== undefined) return weakness;
  }
  return undefined;
}

interface Dictionaries {
  readonly estimator: ZxcvbnFactory;
  readonly words: CommonWords;
}

async function loadDictionaries(): Promise<Dictionaries> {
  const { ZxcvbnFactory } = await import("@zxcvbn-ts/core");
  const { adjacencyGraphs, dictionary } = await import("@zxcvbn-ts/language-common");
  const options = { dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: maxSubstitutions };
  return { estimator: new ZxcvbnFactory(options), words: await loadCommonWords() };
}

interface Estimating extends Dictionaries {
  readonly known: KnownWords;
}

/** The weakness of the first part; `undefined` as soon as one part is strong. */
function weaknessOf(form: string, { known, estimator, words }: Estimating): PasswordRefusalReason | undefined {
  const { rest, service, personal } = withoutNames(form, known);
  const named = service + personal;
  const isNamed = named > 0 && named >= form.length * minShareOfName;
  const period = periodOf(rest);
  let weakness: PasswordRefusalReason | undefined;
  for (const part of endsOf(period)) {
    const { guesses, sequence } = estimator.check(part, [...known.service, ...known.personal]);
    const phrase = estimatePhrase(part, { words, matches: sequence });
    const needed = minGuesses / (named > 0 ? guessesOfName : 1);
    if (Math.min(guesses, phrase.guesses) >= needed) return undefined;
    if (isNamed) return service >= personal ? "service_name" : "personal";
    const reason = guesses < needed ? reasonOf(sequence, known) : phrase.reason;
    weakness ??= period === rest ? reason : "repeated";
  }
  return weakness;
}
