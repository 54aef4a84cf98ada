import { describeVariables } from "./config-variables.ts";

interface Read {
  readonly NODE_ENV: string;
  readonly CORS_ORIGINS?: readonly string[] | undefined;
}

/** Returns warnings about settings that are valid but may be mistakes. They never quote a value, which may be secret. */
export function configWarnings(
  { NODE_ENV, CORS_ORIGINS = [] }: Read,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const isReal = NODE_ENV === "production" || NODE_ENV === "staging";
  const isOpen = isReal && CORS_ORIGINS.includes("*");
  return [
    ...(isOpen
      ? ["CORS_ORIGINS has *: pages of every site may call with tokens that they hold. Cookies stay apart."]
      : []),
    ...misspelt(Object.keys(environment)).map(
      ([name, known]) => `${name} is no variable of Gatehouse. Is ${known} meant?`,
    ),
  ];
}

/** Shorter names may differ by one letter only, longer ones by two: HOME is not a misspelt HOST. */
const shortNameCharacters = 8;

/** Returns the names that almost match a variable, each with the nearest variable. */
function misspelt(names: readonly string[]): readonly (readonly [name: string, known: string])[] {
  const known = describeVariables().map((variable) => variable.name);
  return names.flatMap((name) => {
    if (known.includes(name)) return [];
    const [nearest] = known
      .map((each) => ({ each, edits: editsBetween(name.toUpperCase(), each) }))
      .filter(({ each, edits }) => edits <= (each.length < shortNameCharacters ? 1 : 2))
      .toSorted((a, b) => a.edits - b.edits);
    return nearest === undefined ? [] : [[name, nearest.each] as const];
  });
}

/** Returns the Levenshtein distance; `Infinity` if the lengths differ by more than two. */
function editsBetween(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
