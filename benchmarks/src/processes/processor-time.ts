import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Ticks of a second in `/proc`, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Whether the operating system tells the processor time of other processes. */
export const hasProcessTimes = existsSync("/proc/self/stat");

/**
 * Processor time so far of a process and its descendants, in microseconds. A descendant that has ended counts once its parent
 * has waited for it. Needs `/proc`.
 */
export async function familyCpuMicros(pid: number): Promise<number> {
  return ((await ticksOfFamily(pid)) / ticksPerSecond) * 1e6;
}

async function ticksOfFamily(pid: number): Promise<number> {
  const { own, ended } = await ticksOf(pid);
  // A child may end after it was listed.
  const ofChild = (child: number) => ticksOfFamily(child).catch(() => 0);
  const children = await Promise.all((await childrenOf(pid)).map(ofChild));
  return children.reduce((sum, ticks) => sum + ticks, own + ended);
}

/** The living children that the main thread of a process has started. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return list.split(" ").filter(Boolean).map(Number);
}

/** Fields 14 to 17, counted after the name in brackets: time in user mode and in the system (proc_pid_stat(5)). */
async function ticksOf(pid: number) {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return { own: Number(user) + Number(system), ended: Number(endedUser) + Number(endedSystem) };
}
