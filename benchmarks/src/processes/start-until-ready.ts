import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { familyCpuMicros, hasProcessTimes } from "./processor-time.ts";

/** A command that starts a server. */
export interface StartCommand {
  readonly folder: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The time that a start took, from the command to the line that says that the server is ready. */
export interface StartTime {
  readonly seconds: number;
  /** Processor time of all its processes until then; `null` where the system does not tell it. */
  readonly cpuSeconds: number | null;
}

/** The line that a server prints for people, and the one that it logs. */
const readyLine = /Gatehouse is ready|"msg":"ready"/;

/** How long a server may take to start or to stop, in milliseconds: a first start may install packages. */
const limitMillis = 300_000;

/** Starts a server, and stops it as soon as it is ready. Throws with its output if it does not start. */
export async function startUntilReady(command: StartCommand, signal: AbortSignal): Promise<StartTime> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMillis)]);
  const startedAt = performance.now();
  const child = spawn(command.program, command.args, {
    cwd: command.folder,
    env: command.environment,
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, in which every process of the start is stopped.
    detached: true,
  });
  // The output ends with the last of its processes.
  const ended = once(child, "close", { signal: limit });
  try {
    await untilReady(child, limit);
    const seconds = (performance.now() - startedAt) / 1000;
    const cpuSeconds = hasProcessTimes ? (await familyCpuMicros(Number(child.pid))) / 1e6 : null;
    process.kill(-Number(child.pid), "SIGTERM");
    await ended;
    return { seconds, cpuSeconds };
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid), "SIGKILL");
    await ended.catch(() => undefined);
    throw error;
  }
}

async function untilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let output = "";
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
      if (readyLine.test(output)) ready.resolve();
    });
  }
  child.once("error", ready.reject);
  child.once("close", () => ready.reject(new Error(`The server did not start:\n${output}`)));
  signal.addEventListener("abort", () => ready.reject(signal.reason), { once: true });
  await ready.promise;
}
