import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** The time and the memory of a process, its start included. */
export interface Measured {
  readonly seconds: number;
  /** The most memory that was resident at once; 0 where the system does not tell (it is read from /proc). */
  readonly peakMib: number;
}

const pollMillis = 100;

/** The bounds that `pnpm gatehouse` sets. Without them Node lets the heap grow as long as the machine has memory. */
export const heapLimits = ["--max-old-space-size=256", "--max-semi-space-size=4"];

/** Runs Node with these arguments to its end. Throws if it fails. */
export async function measureProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const start = performance.now();
  const child = spawn(process.execPath, [...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  const exited = once(child, "exit");
  const watched = watchPeak(child.pid ?? 0, () => child.exitCode !== null || child.signalCode !== null);
  const [code] = await exited;
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${errors}`);
  return { seconds, peakMib: await watched };
}

/** The kernel keeps the peak until the process ends: the last reading before that counts. */
async function watchPeak(pid: number, isOver: () => boolean): Promise<number> {
  let peakKib = 0;
  while (!isOver()) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    peakKib = Math.max(peakKib, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0));
    await setTimeout(pollMillis);
  }
  return peakKib / 1024;
}
