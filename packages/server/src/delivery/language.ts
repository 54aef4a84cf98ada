/** The languages that there are texts in. */
export const languages = ["en", "es"] as const;

/** See {@link languages}. */
export type Language = (typeof languages)[number];

/** The language of texts for a locale (BCP 47): `es-MX` reads Spanish, and what there are no texts in reads English. */
export function languageOf(locale: string): Language {
  const [first = ""] = locale.toLowerCase().split("-");
  return languages.find((language) => language === first) ?? "en";
}

/** A duration in words, in the largest unit that it is a whole number of. */
export function formatMinutes(language: Language, minutes: number): string {
  const [unit, size] = units.find(([, unitMinutes]) => minutes % unitMinutes === 0) ?? smallestUnit;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(minutes / size);
}

const smallestUnit = ["minute", 1] as const;
const units = [["day", 24 * 60], ["hour", 60], smallestUnit] as const;

/** A moment in words, in UTC: where the reader is nobody knows. */
export function formatMoment(locale: string, at: Date): string {
  // The locale's own customs, where its language is one of ours.
  const format = languageOf(locale) === locale.toLowerCase().split("-")[0] ? locale : "en";
  const text = new Intl.DateTimeFormat(format, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(at);
  return `${text} UTC`;
}
