import type { Piece } from "./phrase-piece.ts";

/** Days of 80 years, which is as far as the dates in people's lives go back. */
const guessesOfDate = 29_220;

const guessesOfYear = 100;
const guessesOfDayAndMonth = 365;
const guessesOfMonth = 12;

const year = "(?:19|20)\\d\\d";
const month = "(?:1[0-2]|0?[1-9])";
const day = "(?:3[01]|[12]\\d|0?[1-9])";
const orders = [
  [year, month, day],
  [day, month, year],
  [month, day, year],
  [year, day, month],
  [day, month, "\\d\\d"],
  [month, day, "\\d\\d"],
  ["\\d\\d", month, day],
];

/** By what finds them, at any place of a text. */
const kinds = [
  ...orders.map((order) => ({ pattern: order.map((part) => `(${part})`).join("[-/. ]?"), guesses: guessesOfDate })),
  { pattern: `(${day})[-/.](${month})`, guesses: guessesOfDayAndMonth },
  { pattern: `(${month})[-/.](${day})`, guesses: guessesOfDayAndMonth },
  { pattern: year, guesses: guessesOfYear },
  { pattern: monthNames().join("|"), guesses: guessesOfMonth },
].map(({ pattern, guesses }) => ({ pattern: new RegExp(`(?=(${pattern}))`, "g"), guesses }));

/** Dates, days of a year, years and months in the text, which is in lower case. Two forms of a date have one name. */
export function datePieces(text: string): readonly Piece[] {
  return kinds.flatMap(({ pattern, guesses }) =>
    [...text.matchAll(pattern)].map(({ index: from, 1: date = "", ...found }) => ({
      from,
      to: from + date.length,
      reason: "date" as const,
      guesses,
      name: nameOf(date, [found[2], found[3], found[4]]),
    })),
  );
}

/** Returns the numbers of a date in one order, or the text itself where it has no numbers. */
function nameOf(date: string, parts: readonly (string | undefined)[]): string {
  const numbers = parts.filter((part) => part !== undefined).map(Number);
  return numbers.length === 0 ? date : numbers.toSorted((one, other) => one - other).join(" ");
}

/** In the languages of the pages. */
function monthNames(): readonly string[] {
  return ["en", "es"].flatMap((language) => {
    const { format } = new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" });
    return Array.from({ length: 12 }, (_, index) => format(Date.UTC(2000, index)).toLowerCase());
  });
}
