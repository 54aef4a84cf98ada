import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Ticks of a second in `/proc`, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Whether the operating system tells the processor time of other processes. */
export const hasProcessTimes = existsSync("/proc/self/stat");

/**
 * Processor time so far of a process and its children, those included that have ended, in microseconds. Grandchildren count
 * only after both they and their parent have ended. Needs `/proc`.
 */
export async function familyCpuMicros(pid: number): Promise<number> {
  const { own, ended } = await ticksOf(pid);
  const children = await Promise.all((await childrenOf(pid)).map(ticksOfLiving));
  return (children.reduce((sum, ticks) => sum + ticks, own + ended) / ticksPerSecond) * 1e6;
}

/** The living children that the main thread of a process has started. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return list.split(" ").filter(Boolean).map(Number);
}

/** 0 for a child that has ended since it was listed. */
const ticksOfLiving = (pid: number) =>
  ticksOf(pid).then(
    ({ own }) => own,
    () => 0,
  );

/** Fields 14 to 17, counted after the name in brackets: time in user mode and in the system (proc_pid_stat(5)). */
async function ticksOf(pid: number) {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return { own: Number(user) + Number(system), ended: Number(endedUser) + Number(endedSystem) };
}
