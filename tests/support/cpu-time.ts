/**
 * The CPU time of this thread while the work is done, in milliseconds: of the event loop, which nobody else is served by
 * meanwhile. Sending counts too; password hashes are computed in threads of their own.
 */
export async function cpuMillisOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** What {@link slownessNow} measures takes so long on a machine that does nothing else, in milliseconds. */
const parsingMillis = 15;

/**
 * How many times as long this machine takes now as one that does nothing else, at least 1: other work that shares a core or its
 * caches slows each instruction, so CPU time grows as well.
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
