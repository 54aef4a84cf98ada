/** How often what is measured is repeated where it seems too much: the machine has other work too. */
const maxRuns = 8;

/**
 * The CPU time of this thread while the work is done, in milliseconds: of the event loop, which nobody else is served by
 * meanwhile. The least of several runs, the first of which below `enoughMillis` ends it. Sending counts too; password hashes are
 * computed in threads of their own.
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
