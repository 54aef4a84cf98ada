/** The repetitions of a measurement that seems too high, since the machine has other work too. */
const maxRuns = 8;

/**
 * Returns the CPU time of this thread, which runs the event loop, during the work, in milliseconds: the lowest of
 * several runs, which end at the first one below `enoughMillis`. The time includes sending, but not password hashes,
 * which run in other threads.
 */
export async function cpuMillisOf(work: () => Promise<unknown>, enoughMillis: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < maxRuns && least > enoughMillis; run++) {
    const before = process.threadCpuUsage();
    await work();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
