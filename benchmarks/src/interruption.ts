/** Somebody stopped the run. */
export class Interruption extends Error {
  override readonly name = "Interruption";
}

/**
 * Aborts on the first Ctrl-C or SIGTERM, so that everything that was started is stopped and dropped in order. The second
 * one ends the process at once; its children then end by themselves.
 */
export function onInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new Interruption(`Stopped by ${name}; nothing written`)));
  }
  return controller.signal;
}
