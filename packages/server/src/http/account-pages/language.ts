import { type Language, languageOf, languages } from "../../delivery/language.ts";

/**
 * Characters of `Accept-Language` that are read. Browsers send some tens; a header of the maximum size would keep the regular
 * expression busy.
 */
const maxHeaderCharacters = 500;

/** What a reader's languages are known by. */
interface LanguageWishes {
  /** Language tags with spaces between them, the preferred first (OpenID Connect Core 1.0, 3.1.2.1). */
  readonly uiLocales: string | undefined;
  /** The header `Accept-Language`. */
  readonly accepted: string | undefined;
}

/** Returns the language of a page: the first supported one of `ui_locales`, or what the browser prefers. */
export function languageFor({ uiLocales, accepted }: LanguageWishes): Language {
  return (uiLocales === undefined ? undefined : firstOf(uiLocales)) ?? preferredLanguage(accepted);
}

function firstOf(uiLocales: string): Language | undefined {
  const wanted = uiLocales.slice(0, maxHeaderCharacters).split(" ").map(primaryOf);
  return wanted.map((tag) => languages.find((language) => language === tag)).find((language) => language !== undefined);
}

function primaryOf(tag: string): string {
  return tag.toLowerCase().split("-", 1)[0] ?? "";
}

/** Returns the supported language with the highest weight in the header (RFC 9110, 12.5.4), or English if there is none. */
function preferredLanguage(acceptLanguage = ""): Language {
  const wanted = acceptLanguage
    .slice(0, maxHeaderCharacters)
    .split(",")
    .map(readRange)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  const found = wanted.find(({ language }) => languages.some((ours) => ours === language));
  return languageOf(found?.language ?? "en");
}

function readRange(range: string): { readonly language: string; readonly weight: number } {
  const [, language = "", weight = "1"] = /^\s*([a-z]+)[^;]*(?:;\s*q=([\d.]+))?\s*$/i.exec(range) ?? [];
  return { language: language.toLowerCase(), weight: language === "" ? 0 : Number(weight) };
}
