import { text } from "./text.ts";

/** A language tag (BCP 47), in its canonical form. */
export const localeSchema = text({ max: 35 })
  .refine((tag) => isLanguageTag(tag), "Must be a BCP 47 language tag, such as en or es-MX")
  .meta({ examples: ["en", "es-MX"] })
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag);

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** A time zone of the IANA database, in the spelling that the platform's data has. */
export const timeZoneSchema = text({ max: 64 })
  .refine((zone) => timeZoneNamed(zone) !== undefined, "Must be an IANA time zone, such as Europe/Madrid")
  .meta({ examples: ["Europe/Madrid"] })
  .transform((zone) => timeZoneNamed(zone) ?? zone);

function timeZoneNamed(zone: string): string | undefined {
  // Offsets such as +01:00 are accepted by `Intl`, but know no daylight saving time.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
