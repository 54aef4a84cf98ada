import { StartupError } from "@gatehouse/server/database";
import { CommanderError } from "commander";
import { CommandError, MisuseError } from "./command-error.ts";
import { createProgram } from "./program.ts";

/** How a command ended, as the shell sees it. */
const exitCodes = { done: 0, failed: 1, misused: 2 } as const;

/**
 * Runs the command that the arguments name and returns the exit code: 0 when it did its work, 1 when it could not, 2
 * when the arguments are wrong. Prints a sentence for an error that the operator can correct, and throws any other.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let failure: string | undefined;
  const program = createProgram(async (run) => {
    failure = await run();
  });
  try {
    await program.parseAsync(args, { from: "user" });
    if (failure === undefined) return exitCodes.done;
    process.stderr.write(`${failure}\n`);
    return exitCodes.failed;
  } catch (error) {
    // Commander has said what is wrong; it ends with 0 after --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused;
    if (!(error instanceof CommandError || error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof MisuseError ? exitCodes.misused : exitCodes.failed;
  }
}
