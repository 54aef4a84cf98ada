import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

/**
 * Parses a telephone number to E.164, such as `+34600000000`; `undefined` for any text that is not a possible number. A number
 * without `+` requires the `country` (ISO 3166-1 alpha-2) in which it is dialled. Full-width digits are read too, and the
 * invisible marks that address books put around a number.
 */
export function toE164(text: string, country?: string): string | undefined {
  if (country !== undefined && !isSupportedCountry(country)) return undefined;
  const visible = text.normalize("NFKC").replaceAll(/\p{Cf}/gu, "");
  // Without `extract: false` a number would be found anywhere in a sentence.
  const number = parsePhoneNumberFromString(visible, { extract: false, ...(country && { defaultCountry: country }) });
  // Nobody sends a text message to an extension.
  if (number === undefined || number.ext !== undefined || !number.isPossible()) return undefined;
  return number.number;
}
