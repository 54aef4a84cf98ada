/** A date found in a text. */
interface FoundDate {
  /** The first UTF-16 code unit, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly guesses: number;
  /** The same for two forms of one date. */
  readonly name: string;
}

/** The days of 80 years, which cover the dates in people's lives. */
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

/** Patterns of dates, at any place of a text. */
const kinds = [
  ...orders.map((order) => ({ pattern: order.map((part) => `(${part})`).join("[-/. ]?"), guesses: guessesOfDate })),
  { pattern: `(${day})[-/.](${month})`, guesses: guessesOfDayAndMonth },
  { pattern: `(${month})[-/.](${day})`, guesses: guessesOfDayAndMonth },
  { pattern: year, guesses: guessesOfYear },
  { pattern: monthNames().join("|"), guesses: guessesOfMonth },
].map(({ pattern, guesses }) => ({ pattern: new RegExp(`(?=(${pattern}))`, "g"), guesses }));

/** Finds dates, days of a year, years and months in a text in lower case. */
export function findDates(text: string): readonly FoundDate[] {
  return kinds.flatMap(({ pattern, guesses }) =>
    [...text.matchAll(pattern)].map(({ index: from, 1: date = "", ...found }) => ({
      from,
      to: from + date.length,
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

/** The names of the months, in the languages of the pages. */
function monthNames(): readonly string[] {
  return ["en", "es"].flatMap((language) => {
    const { format } = new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" });
    return Array.from({ length: 12 }, (_, index) => format(Date.UTC(2000, index)).toLowerCase());
  });
}
