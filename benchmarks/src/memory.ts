import { setTimeout as sleep } from "node:timers/promises";
import type { ServerSettings } from "./contestants/settings.ts";
import { startLoad, startServer } from "./contestants/start-process.ts";
import type { Options } from "./options.ts";
import { describeMachine, describeVersions } from "./report/machine.ts";
import type { MemoryReport } from "./report/memory.ts";
import { openRun } from "./run.ts";

/** The calls of the whole run, in so many steps of which each ends in a look at the memory. */
const steps = 10;

/** Calls of one question to the load, which answers in time on a slow machine too. */
const callsAtOnce = 10_000;

/** What is left of the work when the last answer has come, in milliseconds. */
const settleMillis = 1000;

/**
 * Calls `user.me` over RPC again and again and looks at Gatehouse's resident memory as it goes. Throws where a call
 * fails, or a process ends, or the signal aborts: after everything has been stopped and dropped.
 */
export async function runMemory(options: Options, signal: AbortSignal): Promise<MemoryReport> {
  await using run = await openRun(signal);
  const { surroundings, settings, database } = run;
  await using load = await startLoad(surroundings);
  await using server = await startServer(surroundings, withLongTokens(settings), "gatehouse");
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
    console.log(`${step * callsPerStep} calls: ${Math.round((residentBytes.at(-1) ?? 0) / 2 ** 20)} MiB`);
  }
  return {
    startedAt: startedAt.toISOString(),
    command: options.command,
    machine: describeMachine(),
    versions: { ...describeVersions(), postgres: database.serverVersion },
    callsPerStep,
    residentBytes,
  };
}

/** Tokens outlive the run: signing in again would put the memory of Argon2 among what is measured. */
function withLongTokens(settings: ServerSettings): ServerSettings {
  return { ...settings, environment: { ...settings.environment, ACCESS_TOKEN_TTL_SECONDS: "3600" } };
}
