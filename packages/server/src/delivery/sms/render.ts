import type { Config } from "../../config.ts";
import { formatMinutes, type Language, languageOf } from "../language.ts";
import type { Sms } from "./sms.ts";

type CodeText = (code: string, validFor: string) => string;

/**
 * Uses only the GSM alphabet (3GPP TS 23.038, without á, í, ó, ú): any other character would double the number of parts of the
 * message.
 */
const texts: Readonly<Record<Sms["template"], Readonly<Record<Language, CodeText>>>> = {
  "phone-code": {
    en: (code, validFor) => `${code} is your code. It works for ${validFor}. Do not share it with anybody.`,
    es: (code, validFor) => `${code} es tu clave. Funciona durante ${validFor}. No la compartas con nadie.`,
  },
  "registration-code": {
    en: (code, validFor) =>
      `${code} is your code to create an account. It works for ${validFor}. Do not share it with anybody.`,
    es: (code, validFor) =>
      `${code} es tu clave para crear una cuenta. Funciona durante ${validFor}. No la compartas con nadie.`,
  },
  "recovery-code": {
    en: (code, validFor) =>
      `${code} is your code to choose another password. It works for ${validFor}. Do not share it with anybody.`,
    es: (code, validFor) =>
      `${code} es tu clave para elegir otra contraseña. Funciona durante ${validFor}. No la compartas con nadie.`,
  },
};

/** The message's text, in the recipient's language. */
export function renderSms({ productName }: Pick<Config, "productName">, sms: Sms): string {
  const language = languageOf(sms.locale);
  return `${productName}: ${texts[sms.template][language](sms.code, formatMinutes(language, sms.validForMinutes))}`;
}
