/** How often what is measured is repeated where it seems too much: the machine has other work too. */
const maxRuns = 8;

/**
 * The CPU time of this process while the work is done, in milliseconds: the least of several runs, the first of which below
 * `enoughMillis` ends it. What threads compute counts too, and so does sending.
 */
export async function cpuMillisOf(work: () => Promise<unknown>, enoughMillis: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < maxRuns && least > enoughMillis; run++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
