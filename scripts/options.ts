// Reads the arguments of the commands in this folder.
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** The arguments are wrong; the message is a sentence that says which are right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs a command, whose result is the exit code. Prints wrong arguments without a stack, with exit code 2. */
export async function runCommand(command: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

interface Expected<Options extends ParseArgsOptionsConfig> {
  /** As people type it: `pnpm weight`. */
  readonly command: string;
  readonly options?: Options;
  /**
   * The names of the allowed arguments without a dash, or one name for any number of them. Default: none are allowed.
   */
  readonly operands?: readonly string[] | string;
  /** Default: those of this process. */
  readonly args?: readonly string[];
}

/** The values of the options, and the operands. Throws {@link UsageError}. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(expected: Expected<Options>) {
  const { command, operands = [], args = process.argv.slice(2) } = expected;
  const options = expected.options ?? ({} as Options);
  const fail = (fault: string) => new UsageError(`${fault}; ${command} takes ${describeTaken(options, operands)}.`);
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const surplus = typeof operands === "string" ? undefined : positionals[operands.length];
    if (surplus !== undefined) throw fail(`"${surplus}" is one argument too many`);
    return { values, operands: positionals };
  } catch (error) {
    // Node adds hints that fit no command of ours.
    if (error instanceof TypeError) throw fail(error.message.replace(/[.\n][\s\S]*$/, ""));
    throw error;
  }
}

/** A whole number of at least `min`, 1 by default. Throws {@link UsageError}. */
export function readWholeNumber(name: string, text: string, min = 1): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(`--${name} takes a whole number of at least ${min}, not "${text}".`);
}

function describeTaken(options: ParseArgsOptionsConfig, operands: readonly string[] | string): string {
  const named = Object.entries(options).map(([name, { type }]) => (type === "string" ? `--${name}=…` : `--${name}`));
  const taken = [operands, named].flat();
  return taken.length === 0 ? "no arguments" : taken.join(", ");
}
