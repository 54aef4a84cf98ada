import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a command prints: for people, or with `--json` for programs. */
export interface Output {
  /** Prints the result: as JSON, or as text for a terminal of so many columns; `undefined` if no terminal shows it. */
  show<T>(result: T, describe: (result: T, columns: number | undefined) => string): void;
  /** Prints a sentence before the result; with `--json` to standard error, since only the result belongs to standard output. */
  say(sentence: string): void;
}

/**
 * Prints pieces as they come, one at a time. Ends early, without an error, if nobody reads on: `| head` has what it wanted.
 *
 * Standard output is written to, and not piped into: a pipe that does not end its target leaves its listeners there.
 */
export async function printPieces(pieces: AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  const output = new Writable({
    decodeStrings: false,
    write: (piece, encoding, done) => void stdout.write(piece, encoding, done),
  });
  stdout.on("error", leaveToWrite);
  try {
    await pipeline(Readable.from(pieces), output);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  } finally {
    if (stdout.errored === null) stdout.off("error", leaveToWrite);
  }
}

/** Hears an error of standard output, which would end the process unheard. The write that caused it reports it. */
function leaveToWrite(): void {}

/** Creates the output of a command on the streams of this process. */
export function createOutput({ isJson }: { readonly isJson: boolean }): Output {
  const { stdout, stderr } = process;
  const columns = terminalColumns();
  return {
    show(result, describe) {
      stdout.write(`${isJson ? JSON.stringify(result, null, 2) : describe(result, columns)}\n`);
    },
    say: (sentence) => void (isJson ? stderr : stdout).write(`${sentence}\n`),
  };
}

/** Returns the width of the terminal that shows standard output; `undefined` if none does, or it does not know its width. */
export function terminalColumns(): number | undefined {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? columns : undefined;
}
