import { setTimeout as sleep } from "node:timers/promises";
import { startGatehouse, startLoad } from "../contestants/children.ts";
import { withLongTokens } from "../contestants/settings.ts";
import type { Options } from "../options.ts";
import { toMib } from "../report/numbers.ts";
import { type Origin, originOf, originToMarkdown } from "../report/origin.ts";
import { openRun } from "./run.ts";

/** The calls of a run are made in this number of steps; each ends with a look at the memory. */
const steps = 10;

/** Calls of one question to the load generator: few enough for an answer in time on a slow machine. */
const callsAtOnce = 10_000;

/** Time in which the server finishes what the last answers left, in milliseconds. */
const settleMillis = 1000;

/** The memory after the last step ÷ after the first, at most. */
const requiredRatio = 1.05;

const whole = new Intl.NumberFormat("en");

/** The report of a run with `--memory`; `results/memory.json` holds the last one that was published. */
interface MemoryReport extends Origin {
  readonly callsPerStep: number;
  /** Resident memory of the server after each step. */
  readonly residentBytes: readonly number[];
}

/**
 * Calls `user.me` over RPC again and again and looks at Gatehouse's resident memory as it goes. Throws where a call
 * fails, a process ends or the signal aborts, after every process has been stopped and every database dropped.
 */
export async function runMemory(options: Options, signal: AbortSignal): Promise<MemoryReport> {
  await using run = await openRun(signal);
  const { surroundings, settings, database } = run;
  await using load = await startLoad(surroundings);
  // Another login would add the memory of Argon2.
  await using server = await startGatehouse(surroundings, withLongTokens(settings));
  const startedAt = new Date();
  await load.ask("prepare", { server: { url: server.ready, protocol: "rpc" }, action: "me" });
  const callsPerStep = options.memoryCalls / steps;
  const residentBytes: number[] = [];
  for (let step = 1; step <= steps; step++) {
    for (let left = callsPerStep; left > 0; left -= callsAtOnce) {
      const { failures, statuses } = await load.ask("run", { requests: Math.min(left, callsAtOnce) });
      if (failures > 0) throw new Error(`${failures} calls failed; answers by status: ${JSON.stringify(statuses)}`);
    }
    await sleep(settleMillis);
    residentBytes.push(await server.residentBytes());
    console.log(`${step * callsPerStep} calls: ${Math.round(toMib(residentBytes.at(-1) ?? 0))} MiB`);
  }
  return {
    ...originOf({ startedAt, command: options.command, serverVersion: database.serverVersion }),
    callsPerStep,
    residentBytes,
  };
}

/** The report as Markdown. */
export function memoryToMarkdown(report: MemoryReport): string {
  const { residentBytes, callsPerStep } = report;
  const [first = Number.NaN] = residentBytes;
  const last = residentBytes.at(-1) ?? Number.NaN;
  const rows = residentBytes.map((bytes, step) => {
    const cells = [whole.format((step + 1) * callsPerStep), toMib(bytes).toFixed(1), (bytes / first).toFixed(3)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    originToMarkdown(report),
    "",
    `Resident memory after ${whole.format(residentBytes.length * callsPerStep)} calls of \`user.me\` ÷ after ` +
      `${whole.format(callsPerStep)}: **${(last / first).toFixed(3)}**, required at most ${requiredRatio}.`,
    "",
    "| calls | MiB | ÷ first |",
    "|--:|--:|--:|",
    ...rows,
  ].join("\n");
}
