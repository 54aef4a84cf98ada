import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

/**
 * A telephone number as E.164, such as `+34600000000`; `undefined` for what is no possible number. A number without `+`
 * is read as one of the `country` (ISO 3166-1 alpha-2), and is none where no country is given.
 */
export function toE164(text: string, country?: string): string | undefined {
  if (country !== undefined && !isSupportedCountry(country)) return undefined;
  // Without `extract: false` a number would be found anywhere in a sentence.
  const number = parsePhoneNumberFromString(text, { extract: false, ...(country && { defaultCountry: country }) });
  // Nobody sends a text message to an extension.
  if (number === undefined || number.ext !== undefined || !number.isPossible()) return undefined;
  return number.number;
}
