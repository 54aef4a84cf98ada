import type { Config } from "../../config.ts";
import type { UserRow } from "../../user/store.ts";

/** Whose password it is going to be: what people know of them is no secret. */
export interface PasswordOwner {
  readonly email: string;
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

/** What a guess at a password would be made of besides words that many use: each folded, the longest first. */
export interface KnownWords {
  readonly service: readonly string[];
  readonly personal: readonly string[];
}

/** A text without the names in it, and how many of its UTF-16 code units were of which. */
interface Unnamed {
  readonly rest: string;
  readonly service: number;
  readonly personal: number;
}

/** Takes the names out of a text, which it answers in lower case then. */
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

/** Shorter ones are in every other word. */
const minWordCharacters = 3;

/** Everything that a guess at this person's password would be made of: each name, its words, and names put together. */
export function personalWords({ email, username, givenName, familyName, ...owner }: PasswordOwner): readonly string[] {
  const at = email.lastIndexOf("@");
  const [localPart, domain] = [email.slice(0, at), email.slice(at + 1)];
  const names = [givenName, familyName].filter((name) => name !== null && name !== undefined);
  const given = [email, localPart, username ?? "", domain, ...names, names.join(""), names.toReversed().join("")];
  return foldWords([
    ...given.flatMap(withItsWords),
    ...datesOf(owner.birthDate ?? ""),
    ...numbersOf(owner.phone ?? ""),
  ]);
}

/** The service as its users and its address name it. */
export function serviceWords({ productName, publicUrl }: Pick<Config, "productName" | "publicUrl">): readonly string[] {
  return foldWords([productName, new URL(publicUrl).hostname].flatMap(withItsWords));
}

/** The name, its words, the name without what parts them, and the words without digits at their ends. */
function withItsWords(name: string): readonly string[] {
  const parts = name.split(/[^\p{L}\p{M}\p{N}]+/u);
  return [name, parts.join(""), ...parts, ...parts.map((part) => part.replace(/^\p{N}+|\p{N}+$/gu, ""))];
}

/** A date as people write it, with and without what parts it, and its year. */
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

/** Digits of a telephone number that people know it by without the country's code, whose length varies. */
const nationalDigits = [8, 9, 10];

function numbersOf(phone: string): readonly string[] {
  const digits = phone.replace(/\D/g, "");
  return [digits, ...nationalDigits.map((count) => digits.slice(-count))];
}

/** In the form that passwords are compared in, and also without accents, which many leave out in a password. */
function foldWords(names: readonly string[]): readonly string[] {
  const folded = names.map((word) => word.normalize("NFKC").toLowerCase());
  const plain = folded.map((word) => word.normalize("NFD").replace(/\p{M}/gu, ""));
  const words = [...new Set([...folded, ...plain])].filter((word) => [...word].length >= minWordCharacters);
  return words.toSorted((one, other) => other.length - one.length);
}
