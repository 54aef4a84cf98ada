import type { CompletionPoint, CompletionTable, ValuePoint } from "./points.ts";

/** Writes the script for fish. It adds to the completion that pnpm has of its own. */
export function fishScript({ points, values }: CompletionTable): string {
  const isValued = (path: string, word: string) => values.some((value) => value.path === path && value.flag === word);
  // An option with a value has a line of its own.
  const switches = points.map((point) => ({
    ...point,
    words: point.words.filter(({ word }) => !isValued(point.path, word)),
  }));
  return `# Completes "pnpm gatehouse", and "gatehouse" if you have such an alias.
function __gatehouse_at
  set -l given (commandline -opc)
  test "$given[1]" = pnpm; and set -e given[1]
  test "$given[1]" = gatehouse; or return 1
  set -l place
  for word in $given[2..]
    set -l next (string join -- ' ' $place $word)
    contains -- "$next" ${points.map(({ path }) => quote(path)).join(" ")}; and set place $next
  end
  test "$place" = "$argv[1]"
end
for program in pnpm gatehouse
${[...switches.flatMap(pointLines), ...values.map(valueLine)].map((line) => `  ${line}`).join("\n")}
end`;
}

function pointLines({ path, words, takesFile }: CompletionPoint): readonly string[] {
  const lines = words.map(({ word, summary }) => {
    const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
    return `${start(path)} ${takesFile ? "" : "-f "}${what} -d ${quote(summary)}`;
  });
  return takesFile ? [...lines, `${start(path)} -F`] : lines;
}

function valueLine({ path, flag, summary, choices, takesFile }: ValuePoint): string {
  const values = choices.length === 0 ? "" : ` -a ${quote(choices.join(" "))}`;
  return `${start(path)} -l ${flag.slice(2)} ${takesFile ? "-r -F" : "-x"}${values} -d ${quote(summary)}`;
}

const start = (path: string) => `complete -c $program -n ${quote(`__gatehouse_at ${quote(path)}`)}`;

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
