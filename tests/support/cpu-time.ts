/**
 * The CPU time of this thread while the work is done, in milliseconds: the time for which the event loop serves nobody else. It
 * includes sending; password hashes are computed in other threads.
 */
export async function cpuMillisOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The CPU time of the work of {@link slownessNow} on a machine without other work, in milliseconds. */
const parsingMillis = 15;

/**
 * How many times as long this machine takes now as one without other work, at least 1: work that shares a core or its caches
 * slows each instruction, so CPU time grows as well.
 */
export async function slownessNow(): Promise<number> {
  const document = `[${Array(20_000).fill("{}").join(",")}]`;
  const runs: number[] = [];
  for (let run = 0; run < 3; run++) runs.push(await cpuMillisOf(async () => parseOften(document)));
  return Math.max(1, Math.min(...runs) / parsingMillis);
}

function parseOften(document: string): void {
  for (let index = 0; index < 20; index++) JSON.parse(document);
}
