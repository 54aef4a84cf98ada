/** The arguments are wrong. The message is a sentence and the usage. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/** The run was stopped by a signal. */
class Interruption extends Error {
  override readonly name = "Interruption";
}

/**
 * Runs a command. Prints wrong options and interruptions as a sentence, other errors with their stack; the exit code is
 * then 1.
 */
export async function runCommand(command: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = onInterruption();
  try {
    await command(signal);
  } catch (thrown) {
    // Ctrl-C reaches some programs of a run too, whose ends are errors then.
    const error = signal.aborted ? signal.reason : thrown;
    const isExpected = error instanceof OptionsError || error instanceof Interruption;
    console.error(isExpected ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * Aborts on the first Ctrl-C or SIGTERM, so that processes and databases are stopped and dropped in order. The second one
 * ends the process at once; its children then end by themselves.
 */
function onInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new Interruption(`Stopped by ${name}; nothing written`)));
  }
  return controller.signal;
}

/** Calls `parse`, whose errors are about the arguments. Throws {@link OptionsError} in their place. */
export function readArguments<T>(parse: () => T, usage: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new OptionsError(`${cause instanceof Error ? cause.message : cause}\n${usage}`, { cause });
  }
}

/** A whole number that an option takes: from 1 to its greatest value. */
export interface WholeNumberOption {
  readonly name: string;
  readonly max: number;
  readonly default: number;
}

/** The value of an option, or its default. Throws {@link OptionsError}. */
export function wholeNumber(option: WholeNumberOption, text: string | undefined, usage: string): number {
  if (text === undefined) return option.default;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= option.max) return value;
  throw new OptionsError(`--${option.name} ${text} is not a whole number from 1 to ${option.max}.\n${usage}`);
}
