/** The languages of all texts. */
export const languages = ["en", "es"] as const;

/** See {@link languages}. */
export type Language = (typeof languages)[number];

/** The language of texts for a locale (BCP 47): Spanish for `es-MX`, and English for any language without texts. */
export function languageOf(locale: string): Language {
  const [first = ""] = locale.toLowerCase().split("-");
  return languages.find((language) => language === first) ?? "en";
}

/** Formats a duration in the largest unit that divides it. */
export function formatMinutes(language: Language, minutes: number): string {
  const [unit, size] = units.find(([, unitMinutes]) => minutes % unitMinutes === 0) ?? smallestUnit;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(minutes / size);
}

const smallestUnit = ["minute", 1] as const;
const units = [["day", 24 * 60], ["hour", 60], smallestUnit] as const;

/** Formats a moment in UTC, since the reader's time zone is unknown. */
export function formatMoment(locale: string, at: Date): string {
  // The locale's own format, if its language has texts.
  const format = languageOf(locale) === locale.toLowerCase().split("-")[0] ? locale : "en";
  const text = new Intl.DateTimeFormat(format, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(at);
  return `${text} UTC`;
}
