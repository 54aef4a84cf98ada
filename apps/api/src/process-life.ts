import { StartupError } from "@gatehouse/server";

/** Starts a process. For an error that the operator can correct, prints a sentence and sets the exit code to 1. */
export async function explainFailure(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/**
 * Milliseconds within which a second signal counts as the same one: process groups, npm and terminals each pass it on.
 */
const repeatMillis = 1000;

interface Stoppable {
  readonly log: { info(message: string): void };
  readonly close: () => Promise<void>;
}

/** Closes the server gracefully at the first SIGINT or SIGTERM; a later second one ends the process at once. */
export function stopOnSignals({ log, close }: Stoppable): void {
  let stoppingSince: number | undefined;
  const stop = () => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      log.info("stopping");
      void close();
    } else if (performance.now() - stoppingSince > repeatMillis) {
      process.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}
