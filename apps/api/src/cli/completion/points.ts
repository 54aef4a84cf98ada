import { type Command, flagOf } from "../command.ts";

interface Word {
  readonly word: string;
  readonly summary: string;
}

/** A place on the command line, and what may follow there. */
export interface CompletionPoint {
  /** The words of the command so far, as in `jobs` or `jobs list`. */
  readonly path: string;
  readonly words: readonly Word[];
  /** Whether a file may follow too. */
  readonly takesFile: boolean;
}

/** An option with a value, and what may be its value. */
export interface ValuePoint {
  readonly path: string;
  /** As in `--format`. */
  readonly flag: string;
  readonly summary: string;
  readonly choices: readonly string[];
  readonly takesFile: boolean;
}

/** All that a shell needs to complete the commands of a table. */
export interface CompletionTable {
  readonly points: readonly CompletionPoint[];
  readonly values: readonly ValuePoint[];
}

/** Reads from a table of commands what may follow where. */
export function completionTable(
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): CompletionTable {
  const members = Object.entries(groups).map(([group]) => ({
    path: group,
    words: commands.filter(({ name }) => name.startsWith(`${group} `)).map((command) => lastWord(command)),
    takesFile: false,
  }));
  const single = commands.filter(({ name }) => !name.includes(" ")).map((command) => lastWord(command));
  const first = [...single, ...Object.entries(groups).map(([word, summary]) => ({ word, summary }))];
  return {
    points: [{ path: "", words: first, takesFile: false }, ...members, ...commands.map(pointOf)],
    values: commands.flatMap(valuesOf),
  };
}

function lastWord({ name, summary }: Command): Word {
  return { word: name.split(" ").at(-1) ?? name, summary };
}

function pointOf({ name, args, options, hasJson }: Command): CompletionPoint {
  const values = Object.values(args);
  const choices = values.flatMap(({ choices: words = [], summary }) => words.map((word) => ({ word, summary })));
  const flags = Object.entries(options).map(([option, { summary }]) => ({ word: flagOf(option), summary }));
  const json = hasJson ? [{ word: "--json", summary: "print the result as JSON" }] : [];
  const help = { word: "--help", summary: "display help for command" };
  return { path: name, words: [...choices, ...flags, ...json, help], takesFile: values.some(({ isPath }) => isPath) };
}

function valuesOf({ name, options }: Command): readonly ValuePoint[] {
  return Object.entries(options)
    .filter(([, { value }]) => value !== undefined)
    .map(([option, { summary, choices = [], isPath = false }]) => {
      return { path: name, flag: flagOf(option), summary, choices, takesFile: isPath };
    });
}
