import type { Language } from "./delivery/language.ts";

/**
 * Why a new password is refused; stable, and meant for programs. `too_long` and `malformed` come with `INVALID_INPUT`,
 * since no password may have that form; the others come with `PASSWORD_TOO_WEAK`.
 */
export const passwordRefusalReasons = [
  "too_short",
  "too_long",
  "malformed",
  "common",
  "repeated",
  "sequence",
  "keyboard",
  "date",
  "personal",
  "service_name",
  "guessable",
  "breached",
] as const;

/** One of {@link passwordRefusalReasons}. */
export type PasswordRefusalReason = (typeof passwordRefusalReasons)[number];

/** The most characters that a password may have, in its NFC form. Bounds the input of hashing. */
export const maxPasswordCharacters = 256;

/** The settings that appear in the messages. */
interface PasswordLengths {
  /** `PASSWORD_MIN_CHARACTERS`. */
  readonly minCharacters: number;
}

/** The messages by reason. */
export type PasswordRefusalWords = Readonly<Record<PasswordRefusalReason, string>>;

/**
 * Returns the messages that tell users why a password is refused and what to choose instead. The API uses the English
 * messages, and pages use those of their language; there are no others. A message never quotes the password.
 */
export function passwordRefusalWords(language: Language, { minCharacters }: PasswordLengths): PasswordRefusalWords {
  return words[language](minCharacters);
}

/** The messages by the reader's language. */
const words: Readonly<Record<Language, (minCharacters: number) => PasswordRefusalWords>> = {
  en: (minCharacters) => {
    const instead = "Choose four words that do not belong together.";
    return {
      too_short: `This password is too short. It needs at least ${minCharacters} characters: four words that do not belong together are easy to remember.`,
      too_long: `This password is too long. It may have ${maxPasswordCharacters} characters at most.`,
      malformed: "This password contains a character that nobody can type. Leave that character out.",
      common: `This password is, or is very close to, one that attackers try first. ${instead}`,
      repeated: `This password repeats the same characters. ${instead}`,
      sequence: `This password is a series such as abcd or 4321. ${instead}`,
      keyboard: `This password follows the keys of a keyboard. ${instead}`,
      date: `This password is little more than a date. ${instead}`,
      personal: `This password contains little more than your name, your address or something else that people know about you. ${instead}`,
      service_name: `This password contains little more than the name of this service. ${instead}`,
      guessable: `This password is too easy to guess: it has too few words, or too common ones. ${instead}`,
      breached:
        "This password is known from a data breach, so attackers try it. Choose one that you have used nowhere else.",
    };
  },
  es: (minCharacters) => {
    const instead = "Elige cuatro palabras que no tengan relación entre sí.";
    return {
      too_short: `Esta contraseña es demasiado corta. Necesita al menos ${minCharacters} caracteres: cuatro palabras sin relación entre sí son fáciles de recordar.`,
      too_long: `Esta contraseña es demasiado larga. Puede tener ${maxPasswordCharacters} caracteres como máximo.`,
      malformed: "Esta contraseña contiene un carácter que nadie puede teclear. Quítalo.",
      common: `Esta contraseña es de las primeras que prueba un atacante, o poco más que eso. ${instead}`,
      repeated: `Esta contraseña repite los mismos caracteres. ${instead}`,
      sequence: `Esta contraseña es una serie como abcd o 4321. ${instead}`,
      keyboard: `Esta contraseña sigue las teclas de un teclado. ${instead}`,
      date: `Esta contraseña es poco más que una fecha. ${instead}`,
      personal: `Esta contraseña se compone de tu nombre, tu dirección u otra cosa que se sabe de ti. ${instead}`,
      service_name: `Esta contraseña se compone del nombre de este servicio. ${instead}`,
      guessable: `Esta contraseña es demasiado fácil de adivinar: tiene pocas palabras, o son demasiado comunes. ${instead}`,
      breached:
        "Esta contraseña se conoce por una filtración de datos, así que los atacantes la prueban. Elige una que no hayas usado en ningún otro sitio.",
    };
  },
};
