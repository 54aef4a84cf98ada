import type { Config } from "../../config.ts";
import type { UserRow } from "../../user/store.ts";

/** What other people may know about the owner of a new password. */
export interface PasswordOwner {
  readonly email?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly givenName?: string | null | undefined;
  readonly familyName?: string | null | undefined;
  /** ISO 8601. */
  readonly birthDate?: string | null | undefined;
  /** E.164. */
  readonly phone?: string | null | undefined;
}

/** A stored user as the owner of a password. */
export function ownerOf(user: UserRow): PasswordOwner {
  const { email, username, phone, given_name: givenName, family_name: familyName, birth_date: birthDate } = user;
  return { email, username, givenName, familyName, birthDate, phone };
}

/** The words that an attacker tries for this user and service: folded, the longest first. */
export interface KnownWords {
  readonly service: readonly string[];
  readonly personal: readonly string[];
}

/** A text without known names, and how many UTF-16 code units of it were names of each kind. */
interface Unnamed {
  readonly rest: string;
  readonly service: number;
  readonly personal: number;
}

/** Removes known names from a text; if it contains any, the rest is in lower case. */
export function withoutNames(text: string, { service, personal }: KnownWords): Unnamed {
  const folded = text.toLowerCase();
  const impersonal = without(folded, personal);
  const rest = without(impersonal, service);
  const counts = { personal: folded.length - impersonal.length, service: impersonal.length - rest.length };
  return { rest: rest === folded ? text : rest, ...counts };
}

function without(text: string, words: readonly string[]): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ""), text);
}

/** Shorter words occur inside too many others. */
const minWordCharacters = 3;

/** The words of this owner: each name, its parts, and combined names, dates and numbers. */
export function personalWords({ email, username, givenName, familyName, ...owner }: PasswordOwner): readonly string[] {
  const names = [givenName, familyName].filter((name) => name !== null && name !== undefined);
  const given = [...partsOf(email ?? ""), username ?? "", ...names, names.join(""), names.toReversed().join("")];
  return foldWords([
    ...given.flatMap(withItsWords),
    ...datesOf(owner.birthDate ?? ""),
    ...numbersOf(owner.phone ?? ""),
  ]);
}

/** An address, its local part and its domain. */
function partsOf(email: string): readonly string[] {
  const at = email.lastIndexOf("@");
  return [email, email.slice(0, Math.max(0, at)), email.slice(at + 1)];
}

/** The names of the service: the product and its host. */
export function serviceWords({ productName, publicUrl }: Pick<Config, "productName" | "publicUrl">): readonly string[] {
  return foldWords([productName, new URL(publicUrl).hostname].flatMap(withItsWords));
}

/** The name, its words, the name without separators, and the words without digits at their ends. */
function withItsWords(name: string): readonly string[] {
  const parts = name.split(/[^\p{L}\p{M}\p{N}]+/u);
  return [name, parts.join(""), ...parts, ...parts.map((part) => part.replace(/^\p{N}+|\p{N}+$/gu, ""))];
}

/** A date in the usual orders, with and without separators, and its year. */
function datesOf(isoDate: string): readonly string[] {
  const [year = "", month = "", day = ""] = isoDate.split("-");
  const orders = [
    [year, month, day],
    [day, month, year],
    [month, day, year],
    [day, month, year.slice(2)],
    [year.slice(2), month, day],
    [day, month],
    [month, day],
  ];
  return [year, ...["", "-", ".", "/"].flatMap((separator) => orders.map((order) => order.join(separator)))];
}

/** Lengths of a telephone number without its country code, which varies. */
const nationalDigits = [8, 9, 10];

function numbersOf(phone: string): readonly string[] {
  const digits = phone.replace(/\D/g, "");
  return [digits, ...nationalDigits.map((count) => digits.slice(-count))];
}

/** Folds words to the form that passwords are compared in, also without accents, which many people leave out. */
function foldWords(names: readonly string[]): readonly string[] {
  const folded = names.map((word) => word.normalize("NFKC").toLowerCase());
  const plain = folded.map((word) => word.normalize("NFD").replace(/\p{M}/gu, ""));
  const words = [...new Set([...folded, ...plain])].filter((word) => [...word].length >= minWordCharacters);
  return words.toSorted((one, other) => other.length - one.length);
}
